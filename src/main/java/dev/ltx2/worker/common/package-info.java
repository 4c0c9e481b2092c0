/**
 * What several rooms need and what knows no domain: clock, back-off, temporary folders, leases,
 * free disk space, addresses, I/O errors in words.
 */
@NullMarked
package dev.ltx2.worker.common;

import org.jspecify.annotations.NullMarked;
