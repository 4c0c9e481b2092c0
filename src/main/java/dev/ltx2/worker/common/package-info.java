/**
 * What three rooms or more need and no domain has a word for: the clock, retries, temporary
 * folders, leases, I/O errors in words.
 */
@NullMarked
package dev.ltx2.worker.common;

import org.jspecify.annotations.NullMarked;
