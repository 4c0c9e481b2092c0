/** The arithmetic of a video: frames, guides, seed. Pure and exact. */
@NullMarked
package dev.ltx2.worker.plan;

import org.jspecify.annotations.NullMarked;
