package dev.ltx2.worker.storage;

import java.util.Map;

/** A bucket of the worker's own, on a server that checks signatures, conditions and checksums. */
class S3StoreContractTest extends S3ServerContract {
  @Override
  Map<String, String> environment() {
    return server.environment();
  }
}
