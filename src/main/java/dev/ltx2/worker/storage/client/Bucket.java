package dev.ltx2.worker.storage.client;

import dev.ltx2.worker.common.Clock;
import java.util.List;

/** A bucket on a server, and how it is reached. Its text shows no key. */
public interface Bucket {
  /** The store's name in errors: GCS, S3. */
  String store();

  /** What the store's own people call it. */
  String name();

  /** What tells it from every other bucket of every store; without keys, as it goes to disk. */
  String id();

  /** The setting that names it, and its value there. */
  String setting();

  /** First part of its objects' names, without slashes at its ends; may be empty. */
  String prefix();

  /** An object's whole name: {@code name} behind the prefix. */
  default String under(String name) {
    return prefix().isEmpty() ? name : prefix() + "/" + name;
  }

  /** An object's name for log lines, as {@code gs://…}. */
  String uri(String object);

  /** The address that an object will have as far as it is known now: a signature ends some day. */
  String promised(String object);

  /** Builds nothing yet. */
  StoreClient client(UploadTimeouts patience, Clock time);

  /** Proves that videos can be stored there, by storing something. */
  List<StoreCheck> probe(UploadTimeouts patience);
}
