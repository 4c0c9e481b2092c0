package dev.ltx2.worker.request;

/**
 * What is wrong with one field of a request.
 *
 * @param field its name as given, with the way to it ({@code keyframes[1].image_url}); {@link
 *     #WHOLE} where no single field is at fault
 * @param message one sentence for people, which can stand alone
 */
public record FieldFault(String field, String message) {
  /** The field of a fault that is the whole input's. */
  public static final String WHOLE = "input";
}
