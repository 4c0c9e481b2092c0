package dev.ltx2.worker.input;

import static dev.ltx2.worker.input.HostileFiles.ascii;
import static dev.ltx2.worker.input.HostileFiles.chunk;
import static dev.ltx2.worker.input.HostileFiles.segment;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nine images of 50 MB at once that are hardly anything but headers, in a heap of 64 MB. */
@Timeout(240)
class SmallHeapTest {
  private static final int SIZE = 50_000_000;
  private static final String TOO_MANY = "the image has more than 65536 segments; save it anew";

  @TempDir Path dir;

  @Test
  void filesOfNothingButSegmentsTakeNoMemory() throws Exception {
    byte[] webp = Files.readAllBytes(Path.of("test-fixtures/images/lossy.webp"));
    List<Path> files =
        List.of(
            file("comments.jpg", Fixtures.JPEG, 2, segment(0xfe, new byte[0])),
            file("tables.jpg", Fixtures.JPEG, 2, segment(0xc4, new byte[0])),
            file("fill.jpg", Fixtures.JPEG, 2, new byte[] {-1}),
            file("texts.png", Fixtures.PNG, 33, chunk("tEXt", new byte[0])),
            file("pixels.png", Fixtures.PNG, 33, chunk("IDAT", new byte[0])),
            file("chunks.webp", riff(webp), 12, ascii("JUNK\0\0\0\0")),
            file("features.webp", riff(webp), 12, features(SIZE - 8)));
    assertThat(inSmallHeap(files))
        .containsExactly(
            "comments.jpg: " + TOO_MANY,
            "tables.jpg: " + TOO_MANY,
            "fill.jpg: image.jpg of " + Fixtures.JPEG.length + " bytes",
            "texts.png: " + TOO_MANY,
            "pixels.png: " + TOO_MANY,
            "chunks.webp: " + TOO_MANY,
            "features.webp: image.webp of " + (webp.length + 18) + " bytes");
  }

  /** {@code good} with 50 MB of the same piece at {@code at}. */
  private Path file(String name, byte[] good, int at, byte[] piece) throws IOException {
    Path file = dir.resolve(name);
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
      out.write(good, 0, at);
      for (int n = 0; n + piece.length <= SIZE; n += piece.length) {
        out.write(piece);
      }
      out.write(good, at, good.length - at);
    }
    return file;
  }

  /** As long as it will be. */
  private static byte[] riff(byte[] webp) {
    byte[] longer = webp.clone();
    ByteBuffer.wrap(longer).order(ByteOrder.LITTLE_ENDIAN).putInt(4, SIZE + webp.length - 8);
    return longer;
  }

  /** A features header of 10 bytes, and zeros. */
  private static byte[] features(int length) {
    return ByteBuffer.allocate(8 + length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(ascii("VP8X"))
        .putInt(length)
        .put(new byte[] {0, 0, 0, 0, 63, 0, 0, 47, 0, 0})
        .array();
  }

  private static List<String> inSmallHeap(List<Path> files) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                SmallHeap.class.getName()));
    files.forEach(file -> command.add(file.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    List<String> lines;
    try (var out = process.inputReader()) {
      lines = out.lines().toList();
    }
    assertThat(process.waitFor()).isZero();
    return lines;
  }
}
