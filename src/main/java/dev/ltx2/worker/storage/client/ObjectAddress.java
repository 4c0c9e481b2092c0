package dev.ltx2.worker.storage.client;

/**
 * An object's name, which is no address yet: a bucket may be reached in several ways.
 *
 * @param bucket as {@link Bucket#id} has it
 */
public record ObjectAddress(String bucket, String object) {}
