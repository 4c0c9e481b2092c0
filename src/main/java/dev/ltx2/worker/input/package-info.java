/** A job's inputs on their way to disk: fetched in parallel, guarded, checked by content. */
@NullMarked
package dev.ltx2.worker.input;

import org.jspecify.annotations.NullMarked;
