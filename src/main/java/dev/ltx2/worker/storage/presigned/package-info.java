/** Addresses that take one PUT, which requests bring. */
@NullMarked
package dev.ltx2.worker.storage.presigned;

import org.jspecify.annotations.NullMarked;
