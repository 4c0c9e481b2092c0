package dev.ltx2.worker.plan;

/**
 * One link of the chain of guides.
 *
 * @param keyframe whose image it shows, counted from 1
 * @param frame image frame it stands at, from 0
 * @param strength 0 to 1
 */
public record Guide(int keyframe, int frame, double strength) {}
