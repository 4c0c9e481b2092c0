package dev.ltx2.worker.models;

import java.util.Optional;

/**
 * What a server says about a file.
 *
 * @param size in bytes
 * @param sha256 from the hub's {@code X-Linked-ETag}, where it is one
 * @param ranges whether parts of it can be asked for
 */
record RemoteFile(long size, Optional<String> sha256, boolean ranges) {}
