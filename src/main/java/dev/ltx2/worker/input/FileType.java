package dev.ltx2.worker.input;

import dev.ltx2.worker.media.ImageDecoder.Format;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a file is, by its first bytes: names and headers from outside are not believed. Names are
 * written to stand behind "the file is".
 */
enum FileType {
  JPEG("a JPEG", Format.JPEG),
  PNG("a PNG", Format.PNG),
  WEBP("a WebP", Format.WEBP),
  WAV("WAV audio", "wav", h -> h.starts("RIFF") && h.has(8, "WAVE")),
  FLAC("FLAC audio", "flac", h -> h.starts("fLaC")),
  OGG("OGG audio", "ogg", h -> h.starts("OggS")),
  MP4("an MP4 or M4A", "m4a", FileType::isMp4),
  MP3("MP3 audio", "mp3", h -> h.starts("ID3") || isMp3(h)),
  AAC("AAC audio", "aac", FileType::isAdts),

  EMPTY("empty", h -> h.length() == 0),
  GIF("a GIF", h -> h.starts("GIF8")),
  AVIF("an AVIF or HEIC", h -> h.has(4, "ftyp") && !isMp4(h)),
  AVI("an AVI video", h -> h.starts("RIFF") && h.has(8, "AVI ")),
  MATROSKA("a Matroska or WebM file", h -> h.starts("\u001aE\u00df\u00a3")),
  BMP("a BMP", h -> h.starts("BM") && h.at(6) + h.at(7) + h.at(8) + h.at(9) == 0),
  TIFF("a TIFF", h -> h.starts("II*\0") || h.starts("MM\0*")),
  PSD("a Photoshop file", h -> h.starts("8BPS")),
  JPEG_XL("a JPEG XL", h -> h.starts("\u00ff\n") || h.starts("\0\0\0\fJXL ")),
  JPEG_2000("a JPEG 2000", h -> h.starts("\0\0\0\fjP  ")),
  AIFF("AIFF audio", h -> h.starts("FORM") && (h.has(8, "AIFF") || h.has(8, "AIFC"))),
  MIDI("MIDI", h -> h.starts("MThd")),
  AMR("AMR audio", h -> h.starts("#!AMR")),
  WMA("Windows Media", h -> h.starts("0&\u00b2u")),
  PDF("a PDF", h -> h.starts("%PDF")),
  ZIP("a ZIP archive", h -> h.starts("PK\u0003\u0004") || h.starts("PK\u0005\u0006")),
  GZIP("gzip data", h -> h.starts("\u001f\u008b")),
  PROGRAM("a program", h -> h.starts("\u007fELF") || h.starts("MZ") || h.starts("#!")),
  SVG("an SVG", h -> h.tag("<svg") || (h.tag("<?xml") && h.text().contains("<svg"))),
  HTML("HTML", h -> h.tag("<!doctype html") || h.tag("<html") || h.tag("<head")),
  XML("XML", h -> h.tag("<?xml") || h.tag("<error")),
  JSON("JSON", h -> h.tag("{") || h.tag("[")),
  TEXT("text", Head::isText),
  UNKNOWN("of an unknown type", _ -> true);

  private static final int HEAD = 1024;

  private final String text;
  private final @Nullable Format format;
  private final @Nullable String extension;

  @SuppressWarnings("ImmutableEnumChecker") // the tests are lambdas that capture nothing
  private final Predicate<Head> test;

  /** What is only known to be refused by name. */
  FileType(String text, Predicate<Head> test) {
    this(text, null, null, test);
  }

  FileType(String text, Format image) {
    this(text, image, image.extension(), head -> image.matches(head.bytes));
  }

  /** Audio. */
  FileType(String text, String extension, Predicate<Head> test) {
    this(text, null, extension, test);
  }

  FileType(String text, @Nullable Format format, @Nullable String extension, Predicate<Head> test) {
    this.text = text;
    this.format = format;
    this.extension = extension;
    this.test = test;
  }

  static FileType of(Path file) throws IOException {
    Head head;
    try (InputStream in = Files.newInputStream(file)) {
      head = new Head(in.readNBytes(HEAD));
    }
    for (FileType type : values()) {
      if (type.test.test(head)) {
        return type;
      }
    }
    return UNKNOWN;
  }

  String text() {
    return text;
  }

  /** The extension of an accepted type. */
  String extension() {
    return Objects.requireNonNull(extension);
  }

  /** What an image is decoded as. */
  Format format() {
    return Objects.requireNonNull(format);
  }

  boolean image() {
    return format != null;
  }

  boolean audio() {
    return extension != null && format == null;
  }

  /** AVIF and HEIC are in the same box format, and told apart by their brand. */
  private static boolean isMp4(Head head) {
    String brand = head.text(8, 12);
    return head.has(4, "ftyp")
        && !brand.startsWith("avi")
        && !brand.startsWith("hei")
        && !brand.startsWith("hev")
        && !brand.equals("mif1")
        && !brand.equals("msf1");
  }

  /** A frame header of MPEG audio layer III, with a bit rate and a sample rate that exist. */
  private static boolean isMp3(Head head) {
    return head.length() >= 4
        && head.at(0) == 0xff
        && (head.at(1) & 0xe6) == 0xe2
        && (head.at(1) & 0x18) != 0x08
        && (head.at(2) & 0xf0) != 0xf0
        && (head.at(2) & 0x0c) != 0x0c;
  }

  /** An ADTS header: layer 0, and one of 13 sample rates. */
  private static boolean isAdts(Head head) {
    return head.length() >= 7
        && head.at(0) == 0xff
        && (head.at(1) & 0xf6) == 0xf0
        && (head.at(2) >> 2 & 0xf) < 13;
  }

  /** A file's first bytes; beyond its end it is all zero. */
  private static final class Head {
    private final byte[] bytes;

    Head(byte[] bytes) {
      this.bytes = bytes;
    }

    int length() {
      return bytes.length;
    }

    int at(int index) {
      return index < bytes.length ? bytes[index] & 0xff : 0;
    }

    boolean starts(String magic) {
      return has(0, magic);
    }

    boolean has(int offset, String magic) {
      return text(offset, offset + magic.length()).equals(magic);
    }

    String text(int from, int to) {
      return new String(
          bytes,
          Math.min(from, bytes.length),
          Math.max(0, Math.min(to, bytes.length) - from),
          StandardCharsets.ISO_8859_1);
    }

    String text() {
      return text(0, bytes.length).toLowerCase(Locale.ROOT);
    }

    /** Whether it starts with {@code tag}, after a byte order mark and white space. */
    boolean tag(String tag) {
      return text().replaceFirst("^(\u00ef\u00bb\u00bf)?\\s*", "").startsWith(tag);
    }

    boolean isText() {
      return text()
          .chars()
          .allMatch(c -> (c >= 32 && c != 127) || c == '\n' || c == '\r' || c == '\t');
    }
  }
}
