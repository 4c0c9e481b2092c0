/** Where a finished video goes: a bucket, the answer itself, or a folder that keeps it. */
@NullMarked
package dev.ltx2.worker.storage;

import org.jspecify.annotations.NullMarked;
