/** Where a request wants its video. */
@NullMarked
package dev.ltx2.worker.request.output;

import org.jspecify.annotations.NullMarked;
