/** ComfyUI as a process of ours: started, watched, restarted, stopped with all it started. */
@NullMarked
package dev.ltx2.worker.comfyui.process;

import org.jspecify.annotations.NullMarked;
