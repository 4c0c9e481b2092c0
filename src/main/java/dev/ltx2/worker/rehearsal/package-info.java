/**
 * A double of ComfyUI's server: its HTTP and WebSocket protocol, its validation, its queue and
 * cache, as recorded. What nodes mean comes from a {@link dev.ltx2.worker.rehearsal.ModelFamily}.
 */
@NullMarked
package dev.ltx2.worker.rehearsal;

import org.jspecify.annotations.NullMarked;
