/**
 * The way of one job, from the request to the answer. The only room that knows all that make a
 * video.
 */
@NullMarked
package dev.ltx2.worker.pipeline;

import org.jspecify.annotations.NullMarked;
