package dev.ltx2.worker.storage.client;

/** What {@code video_url} is. */
public enum UrlKind {
  /** The object's own address; the bucket must be open to everybody. */
  PUBLIC,
  /** An address with a signature that ends, for buckets that are not. */
  SIGNED
}
