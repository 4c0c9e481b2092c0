package dev.ltx2.worker.job;

/**
 * What is wrong with one field of a job's input, for pages and programs.
 *
 * @param field its name with the way to it ({@code keyframes[1].image_url}); {@code input} where no
 *     single field is at fault
 * @param message one sentence for people
 */
public record FieldError(String field, String message) {}
