/**
 * ComfyUI graphs as data: templates, their markers, and how a plan fills them. Pure; the one reader
 * of ComfyUI's {@code object_info}.
 */
@NullMarked
package dev.ltx2.worker.workflow;

import org.jspecify.annotations.NullMarked;
