package dev.ltx2.worker.input;

import static dev.ltx2.worker.input.HostileFiles.ascii;
import static dev.ltx2.worker.input.HostileFiles.chunk;
import static dev.ltx2.worker.input.HostileFiles.deflate;
import static dev.ltx2.worker.input.HostileFiles.find;
import static dev.ltx2.worker.input.HostileFiles.head;
import static dev.ltx2.worker.input.HostileFiles.insert;
import static dev.ltx2.worker.input.HostileFiles.join;
import static dev.ltx2.worker.input.HostileFiles.mp4;
import static dev.ltx2.worker.input.HostileFiles.png;
import static dev.ltx2.worker.input.HostileFiles.segment;
import static dev.ltx2.worker.input.HostileFiles.set;
import static dev.ltx2.worker.input.HostileFiles.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.ltx2.worker.fakes.Cpu;
import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.request.GenerationRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HostileFilesTest {
  private static final byte[] PNG = Fixtures.PNG;
  private static final byte[] JPEG = Fixtures.JPEG;
  private static final byte[] WEBP = fixture("alpha.webp");
  private static final String CUT = "the image is cut short";
  private static final String BROKEN = "the image is broken";
  private static final String UNDECODABLE = "the image cannot be decoded";

  @TempDir Path dir;
  @TempDir Path folder;

  private static byte[] fixture(String name) {
    try {
      return Files.readAllBytes(Path.of("test-fixtures/images", name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Arguments other(String what, byte[] file) {
    return arguments(what, file, "the file is " + what + "; accepted are JPEG, PNG and WebP");
  }

  static Stream<Arguments> images() {
    int sof = find(JPEG, "\u00ff\u00c0");
    int sos = find(JPEG, "\u00ff\u00da");
    int idat = find(PNG, "IDAT");
    byte[] manyScans = join(head(JPEG, sos), JPEG_SCANS, ascii("\u00ff\u00d9"));
    return Stream.of(
        other("empty", new byte[0]),
        other("HTML", ascii("<!DOCTYPE html><html><body>Sign in</body></html>")),
        other("HTML", ascii("\u00ef\u00bb\u00bf\n  <HTML>")),
        other("an SVG", ascii("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")),
        other("an SVG", ascii("<?xml version='1.0'?><!DOCTYPE svg SYSTEM 'file:///etc'><svg/>")),
        other("XML", ascii("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>")),
        other("JSON", ascii("{\"error\":\"not found\"}")),
        other("text", ascii("version https://git-lfs.github.com/spec/v1\n")),
        other("a GIF", ascii("GIF89a\1\0\1\0\0\0\0;")),
        other("a BMP", join(ascii("BM"), new byte[60])),
        other("a TIFF", ascii("II*\0\b\0\0\0")),
        other("a Photoshop file", ascii("8BPS\0\1")),
        other("an AVIF or HEIC", ascii("\0\0\0\u0018ftypavif\0\0\0\0")),
        other("an AVIF or HEIC", ascii("\0\0\0\u0018ftypheic\0\0\0\0")),
        other("a JPEG XL", ascii("\u00ff\n\u00fa\u001f")),
        other("a PDF", ascii("%PDF-1.7\n")),
        other("a ZIP archive", ascii("PK\u0003\u0004\u0014\0")),
        other("gzip data", ascii("\u001f\u008b\b\0")),
        other("a program", ascii("\u007fELF\2\1\1")),
        other("a program", ascii("#!/bin/sh\nrm -rf /\n")),
        other("an MP4 or M4A", mp4("isom", "vide")),
        other("a Matroska or WebM file", ascii("\u001aE\u00df\u00a3\1")),
        other("WAV audio", Fixtures.WAV),
        other("an AVI video", ascii("RIFF\0\0\0\0AVI LIST")),
        other("of an unknown type", ascii("RIFF\0\0\0\0ACON")),
        other("of an unknown type", ascii("\0")),
        other("of an unknown type", ascii("\u0089PNG\n\n\u001a\n")),
        arguments("PNG signature only", head(PNG, 8), CUT),
        arguments("PNG without its end", head(PNG, -12), CUT),
        arguments("PNG cut in its pixels", head(PNG, idat + 20), CUT),
        arguments("PNG, last byte missing", head(PNG, -1), CUT),
        arguments("PNG that starts with IDAT", join(head(PNG, 8), chunk("IDAT", PNG)), BROKEN),
        arguments("PNG with two headers", with(chunk("IHDR", new byte[13]), PNG), BROKEN),
        arguments("PNG, short header", set(PNG, 8, 0, 0, 0, 5), BROKEN),
        arguments("PNG without pixels", join(head(PNG, 33), chunk("IEND", new byte[0])), BROKEN),
        arguments("PNG, chunk of 4 GB", set(PNG, 33, 0xff, 0xff, 0xff, 0xff), BROKEN),
        arguments("PNG, chunk of 2 GB", set(PNG, 33, 0x7f, 0xff, 0xff, 0xff), CUT),
        arguments("PNG, wrong checksum", set(PNG, idat + 30, PNG[idat + 30] ^ 1), UNDECODABLE),
        arguments("PNG, half of its rows", png(64, 64, 8, 20), CUT),
        arguments(
            "PNG, pixels are no zlib",
            join(head(PNG, 33), chunk("IDAT", ascii("x".repeat(99))), chunk("IEND", new byte[0])),
            UNDECODABLE),
        arguments(
            "PNG of 3.6 gigapixels",
            png(60_000, 60_000, 1, 1),
            "the image is 60000x60000 pixels; each side must be 1 to 32768"),
        arguments(
            "PNG of 100.02 megapixels",
            png(10_001, 10_001, 1, 10_001),
            "the image is 10001x10001 pixels; at most 100 megapixels are accepted"),
        arguments(
            "PNG of no width",
            png(0, 8, 8, 8),
            "the image is 0x8 pixels; each side must be 1 to 32768"),
        arguments(
            "PNG of negative height",
            png(8, -8, 8, 8),
            "the image is 8x2147483647 pixels; each side must be 1 to 32768"),
        arguments("PNG, 3 bits a pixel", png(8, 8, 3, 8), UNDECODABLE),
        arguments("JPEG, SOI only", head(JPEG, 3), CUT),
        arguments("JPEG header only", head(JPEG, sos), CUT),
        arguments("JPEG cut in its pixels", head(JPEG, -200), CUT),
        arguments("JPEG without its end", head(JPEG, -2), CUT),
        arguments("JPEG that is only SOI, EOI", ascii("\u00ff\u00d8\u00ff\u00d9"), BROKEN),
        arguments("JPEG, segment of no length", set(JPEG, 4, 0, 0), BROKEN),
        arguments("JPEG, junk between segments", insert(JPEG, 20, ascii("junk")), BROKEN),
        arguments(
            "JPEG of no height",
            set(JPEG, sof + 5, 0, 0),
            "the image is 64x0 pixels; each side must be 1 to 32768"),
        arguments(
            "JPEG of 65535x65535",
            set(JPEG, sof + 5, 0xff, 0xff, 0xff, 0xff),
            "the image is 65535x65535 pixels; each side must be 1 to 32768"),
        arguments("JPEG, more rows than data", set(JPEG, sof + 5, 0x20, 0), UNDECODABLE),
        arguments(
            "JPEG, two frames", insert(JPEG, sof, segment(0xc0, set(new byte[15], 0, 8))), BROKEN),
        arguments(
            "JPEG, arithmetic-coded",
            set(JPEG, sof + 1, 0xc9),
            "the image is an arithmetic-coded, lossless or 12-bit JPEG; save it as a baseline"
                + " one"),
        arguments(
            "JPEG, 12-bit",
            set(JPEG, sof + 4, 12),
            "the image is an arithmetic-coded, lossless or 12-bit JPEG; save it as a baseline"
                + " one"),
        arguments(
            "JPEG, 21 scans of 100 megapixels",
            set(
                join(head(JPEG, sos), head(JPEG_SCANS, 21 * 10), ascii("\u00ff\u00d9")),
                sof + 5,
                10_000 >> 8,
                10_000 & 0xff,
                10_000 >> 8,
                10_000 & 0xff),
            "the image has 21 scans of 100 megapixels; save it as a baseline one"),
        arguments(
            "JPEG, 1.2 MB of tables",
            insert(JPEG, sos, repeat(segment(0xc4, new byte[60_000]), 20)),
            "the image has more than 1 MB of tables"),
        arguments(
            "PNG, 800 MB of 16-bit pixels",
            claim(10_000, 10_000, 16, 6, 0),
            "the image's pixels are 800 MB unpacked; at most 410 MB are accepted, 310 MB with 16"
                + " bits or interlaced"),
        arguments(
            "PNG, 400 MB interlaced",
            claim(10_000, 10_000, 8, 6, 1),
            "the image's pixels are 400 MB unpacked; at most 410 MB are accepted, 310 MB with 16"
                + " bits or interlaced"),
        arguments("JPEG, a scan bomb", manyScans, "the image has more than 500 scans"),
        arguments("WebP header only", head(WEBP, 12), CUT),
        arguments("WebP cut short", head(WEBP, -2), CUT),
        arguments("WebP without pixels", riff("VP8X", new byte[10]), BROKEN),
        arguments(
            "WebP of 16384x16384",
            riff("VP8L", ascii("/\u00ff\u00ff\u00ff\u000f" + "\0".repeat(16))),
            "the image is 16384x16384 pixels; at most 100 megapixels are accepted"),
        arguments(
            "WebP, garbage",
            riff("VP8L", ascii("/?\u00c0\u000b\0" + "\u00aa".repeat(50))),
            UNDECODABLE),
        arguments(
            "WebP, canvas and image differ", set(WEBP, find(WEBP, "VP8X") + 12, 200), BROKEN));
  }

  private static final byte[] JPEG_SCANS =
      join(
          Stream.generate(() -> segment(0xda, ascii("\1\1\0\0\77\0")))
              .limit(501)
              .toArray(byte[][]::new));

  private static byte[] repeat(byte[] bytes, int times) {
    return join(Collections.nCopies(times, bytes).toArray(byte[][]::new));
  }

  /** A PNG that claims a size and a kind, and has hardly any pixels. */
  private static byte[] claim(int width, int height, int depth, int colour, int interlaced) {
    byte[] kind = {(byte) depth, (byte) colour, 0, 0, (byte) interlaced};
    byte[] header = ByteBuffer.allocate(13).putInt(width).putInt(height).put(kind).array();
    return join(
        head(PNG, 8),
        chunk("IHDR", header),
        chunk("IDAT", deflate(new byte[9])),
        chunk("IEND", new byte[0]));
  }

  private static byte[] riff(String type, byte[] data) {
    return ByteBuffer.allocate(20 + data.length + data.length % 2)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(ascii("RIFF"))
        .putInt(12 + data.length + data.length % 2)
        .put(ascii("WEBP" + type))
        .putInt(data.length)
        .put(data)
        .array();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("images")
  void imagesAreRefusedWithTheirReason(String what, byte[] file, String reason) throws IOException {
    assertThat(refusal(Fixtures.image("input", null), file))
        .as(what)
        .hasMessage("Failed to download image: " + reason);
  }

  static Stream<Arguments> audios() {
    return Stream.of(
        arguments("empty", new byte[0]),
        arguments("HTML", ascii("<html>404</html>")),
        arguments("a PNG", PNG),
        arguments("a WebP", WEBP),
        arguments("a JPEG", JPEG),
        arguments("an MP4 video", mp4("isom", "vide", "soun")),
        arguments("an MP4 video", mp4("M4A ", "soun", "vide")),
        arguments("an AVI video", ascii("RIFF\0\0\0\0AVI LIST")),
        arguments("a Matroska or WebM file", ascii("\u001aE\u00df\u00a3\1")),
        arguments("AIFF audio", ascii("FORM\0\0\0\0AIFFCOMM")),
        arguments("MIDI", ascii("MThd\0\0\0\6")),
        arguments("AMR audio", ascii("#!AMR\n")),
        arguments("text", ascii("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")),
        arguments("of an unknown type", ascii("\u00ff\u00fe\0\0")),
        arguments("of an unknown type", ascii("\u00ff\u00fb\u00f0\0")),
        arguments("of an unknown type", ascii("\u00ff\u00f1|\0\0\0\0")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("audios")
  void audiosAreRefusedByName(String what, byte[] file) throws IOException {
    assertThat(refusal(Fixtures.image(image().toString(), "input"), file))
        .hasMessage(
            "Failed to download audio: the file is "
                + what
                + "; accepted are MP3, WAV, FLAC, M4A, AAC and OGG");
  }

  static Stream<byte[]> brokenM4a() {
    byte[] good = mp4("M4A ", "soun");
    return Stream.of(
        mp4("M4A "),
        mp4("M4A ", "text"),
        head(good, 24),
        set(good, 0, 0, 0, 0, 0),
        set(good, find(good, "mdat") - 4, 0x7f, 0xff, 0xff, 0xff),
        set(good, find(good, "mdat") - 4, 0, 0, 0, 1),
        join(head(good, 24), ascii("\0\0\0\0moov".repeat(20_000))));
  }

  @ParameterizedTest
  @MethodSource("brokenM4a")
  void brokenBoxesEnd(byte[] file) throws IOException {
    assertThat(refusal(Fixtures.image(image().toString(), "input"), file))
        .hasMessage("Failed to download audio: the file is a broken M4A: it has no audio track");
  }

  static Stream<Arguments> goodAudios() {
    return Stream.of(
        arguments(Fixtures.WAV, "wav"),
        arguments(ascii("fLaC\0\0\0\42"), "flac"),
        arguments(ascii("OggS\0\2"), "ogg"),
        arguments(ascii("ID3\4\0\0\0\0\0\0"), "mp3"),
        arguments(ascii("\u00ff\u00fb\u0090d"), "mp3"),
        arguments(ascii("\u00ff\u00f3D\u00c4"), "mp3"),
        arguments(ascii("\u00ff\u00f1P\u0080\u0002\u001f\u00fc"), "aac"),
        arguments(mp4("M4A ", "soun"), "m4a"),
        arguments(mp4("isom", "soun", "meta"), "m4a"));
  }

  @ParameterizedTest
  @MethodSource("goodAudios")
  void audiosAreNamedByTheirContent(byte[] file, String extension) throws Exception {
    Files.write(folder.resolve("input"), file);
    assertThat(
            local().fetch(Fixtures.image(image().toString(), "input"), dir).audio().orElseThrow())
        .hasFileName("audio." + extension)
        .hasBinaryContent(file);
  }

  @Test
  void bombsInMetadataAreNotUnpackedAndNotHandedOn() throws Exception {
    byte[] zeros = deflate(new byte[20 << 20]);
    byte[] text = chunk("zTXt", join(ascii("a\0\0"), zeros));
    byte[] profile = chunk("iCCP", join(ascii("a\0\0"), zeros));
    Files.write(folder.resolve("bomb"), with(text, with(profile, PNG)));

    Path image = local().fetch(Fixtures.image("bomb", null), dir).images().getFirst();

    assertThat(image).hasBinaryContent(PNG);
  }

  /** Whatever is flipped, cut or repeated: a clear answer, and no other exception. */
  @Test
  void mutatedImagesGetAnAnswer() throws Exception {
    Random random = new Random(20260204);
    byte[][] seeds = {
      PNG,
      JPEG,
      WEBP,
      fixture("lossless.webp"),
      fixture("progressive.jpg"),
      fixture("cmyk.jpg"),
      fixture("palette.png"),
      fixture("grey16.png"),
      fixture("mpo.jpg"),
      fixture("rotated.webp")
    };
    int accepted = 0;
    Duration slowest = Duration.ZERO;
    for (int i = 0; i < 1500; i++) {
      byte[] file = seeds[i % seeds.length].clone();
      for (int n = random.nextInt(1, 6); n > 0; n--) {
        file[random.nextInt(file.length)] = (byte) random.nextInt(256);
      }
      if (random.nextInt(4) == 0) {
        file = head(file, random.nextInt(file.length));
      }
      Path raw = Files.write(dir.resolve("image.part"), file);
      Duration start = Cpu.time();
      try {
        FileType type = FileType.of(raw);
        Files.delete(
            ImageInputs.accept(raw, type, new TargetSize(1280, 736), dir.resolve("image")));
        accepted++;
      } catch (FetchException fault) {
        assertThat(fault).hasMessageStartingWith("the ");
      }
      Duration took = Cpu.time().minus(start);
      slowest = took.compareTo(slowest) > 0 ? took : slowest;
    }
    assertThat(accepted).as("some mutations do no harm").isBetween(50, 1400);
    assertThat(slowest).isLessThan(Duration.ofSeconds(5));
  }

  private Downloads local() {
    return new Downloads(Downloads.Options.DEFAULTS.withFiles(folder), ManualTime.skipping());
  }

  private Path image() throws IOException {
    return Files.write(folder.resolve("image.png"), PNG);
  }

  private DownloadException refusal(GenerationRequest request, byte[] input) throws IOException {
    Files.write(folder.resolve("input"), input);
    DownloadException refusal =
        catchThrowableOfType(DownloadException.class, () -> local().fetch(request, dir));
    assertThat(refusal).isNotNull();
    assertThat(refusal.retryable()).isFalse();
    try (Stream<Path> left = Files.list(dir)) {
      assertThat(left).isEmpty();
    }
    return refusal;
  }
}
