/** Answers on their way to the platform: measured, kept on disk until it has them, posted again. */
@NullMarked
package dev.ltx2.worker.runpod.answers;

import org.jspecify.annotations.NullMarked;
