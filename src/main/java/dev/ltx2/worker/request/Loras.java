package dev.ltx2.worker.request;

/**
 * LoRA strengths, 0 (not loaded) to 2.
 *
 * @param camera dolly-in camera movement
 * @param distilled inference in few steps
 * @param detailer detail enhancement
 */
public record Loras(double camera, double distilled, double detailer) {}
