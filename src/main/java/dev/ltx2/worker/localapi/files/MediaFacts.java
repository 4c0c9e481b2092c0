package dev.ltx2.worker.localapi.files;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What a file is, by its content.
 *
 * @param extension without its dot
 * @param contentType as HTTP names it
 * @param seconds length of audio
 */
public record MediaFacts(
    String extension,
    String contentType,
    OptionalInt width,
    OptionalInt height,
    OptionalDouble seconds) {}
