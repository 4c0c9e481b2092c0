/** Whether all is as the worker needs it: doctor, self-test, and the trial of a running ComfyUI. */
@NullMarked
package dev.ltx2.worker.diagnostics;

import org.jspecify.annotations.NullMarked;
