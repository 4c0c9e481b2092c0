package dev.ltx2.worker.storage.client;

/**
 * One line of the doctor.
 *
 * @param remedy what is wrong and what to do; empty when {@code ok}
 */
public record StoreCheck(String name, boolean ok, String remedy) {
  /** As it should be. */
  public static StoreCheck good(String name) {
    return new StoreCheck(name, true, "");
  }

  /** Not as it should be. */
  public static StoreCheck bad(String name, String remedy) {
    return new StoreCheck(name, false, remedy);
  }
}
