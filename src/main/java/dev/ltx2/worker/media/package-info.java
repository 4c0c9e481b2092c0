/**
 * FFmpeg: measuring, decoding, encoding, and the MP4 that is delivered. The only room that touches
 * it.
 */
@NullMarked
package dev.ltx2.worker.media;

import org.jspecify.annotations.NullMarked;
