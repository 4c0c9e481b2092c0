package dev.ltx2.worker.request;

/**
 * One keyframe of mode 3, its defaults resolved.
 *
 * @param image where its image is
 * @param position 0.0 (first content frame) to 1.0 (last content frame)
 * @param strength guide strength, 0 to 1
 * @param fit how its image is brought into the video's shape
 */
public record Keyframe(Source image, double position, double strength, Fit fit) {}
