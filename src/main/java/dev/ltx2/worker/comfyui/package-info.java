/**
 * The client of a running ComfyUI.
 *
 * <p>Inputs go in by {@code POST /upload/image}, the prompt under an id of our own, the result
 * comes out by {@code /view} or, where folders are shared, by path. The WebSocket tells quickly
 * that something happened; what happened is read from {@code /history} and {@code /queue}.
 *
 * <p>ComfyUI can delete a history entry over HTTP, but no file. Without shared folders a job's
 * inputs and results therefore stay in {@code input/jobs/<job id>} and {@code output/jobs/<job id>}
 * on ComfyUI's machine. Uploading to its {@code temp} folder would change little, since that is
 * emptied only when ComfyUI starts, and every loader of the graph would need {@code "name [temp]"}.
 */
@NullMarked
package dev.ltx2.worker.comfyui;

import org.jspecify.annotations.NullMarked;
