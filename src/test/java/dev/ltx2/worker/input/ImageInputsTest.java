package dev.ltx2.worker.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of good images of every kind. */
class ImageInputsTest {
  private static final Path IMAGES = Path.of("test-fixtures/images");

  private static final TargetSize FRAME = new TargetSize(1280, 736);

  @TempDir Path dir;

  private Path accept(byte[] bytes) throws Exception {
    return accept(bytes, FRAME);
  }

  private Path accept(byte[] bytes, TargetSize frame) throws Exception {
    Path own = Files.createTempDirectory(dir, "");
    Path raw = Files.write(own.resolve("image.part"), bytes);
    Path file = ImageInputs.accept(raw, FileType.of(raw), frame, own.resolve("image"));
    try (var files = Files.list(own)) {
      assertThat(files).containsExactly(file);
    }
    return file;
  }

  @ParameterizedTest
  @CsvSource({
    "lossy.webp, image.webp",
    "lossless.webp, image.webp",
    "alpha.webp, image.webp",
    "progressive.jpg, image.jpg",
    "grey.jpg, image.jpg",
    "palette.png, image.png",
    "interlaced.png, image.png",
    "cmyk.jpg, image.png",
    "grey16.png, image.png",
    "rotated.webp, image.png",
    "mpo.jpg, image.jpg",
  })
  void everyKindIsAccepted(String name, String accepted) throws Exception {
    Path file = accept(Files.readAllBytes(IMAGES.resolve(name)));

    assertThat(file).hasFileName(accepted);
    ImageStructure again = image(file);
    assertThat(again.orientation()).isEqualTo(1);
    assertThat(again.plain()).isTrue();
    assertThat(again.width() * again.height()).isEqualTo(64 * 48);
  }

  private static ImageStructure image(Path file) throws Exception {
    return ImageStructure.read(FileType.of(file), ByteBuffer.wrap(Files.readAllBytes(file)));
  }

  @Test
  void plainImagesKeepTheirPixelsByteForByte() throws Exception {
    assertThat(accept(Fixtures.PNG)).hasBinaryContent(Fixtures.PNG);
    assertThat(accept(Fixtures.JPEG)).hasBinaryContent(Fixtures.JPEG);
  }

  /** Stored: red, green above blue, light. Each orientation puts another colour top left. */
  @ParameterizedTest
  @CsvSource({
    "1, red, green, blue",
    "2, green, red, light",
    "3, light, blue, green",
    "4, blue, light, red",
    "5, red, blue, green",
    "6, blue, red, light",
    "7, light, green, blue",
    "8, green, light, red",
  })
  void exifOrientationIsAppliedToThePixels(
      int orientation, String topLeft, String topRight, String bottomLeft) throws Exception {
    for (boolean bigEndian : new boolean[] {true, false}) {
      BufferedImage image =
          ImageIO.read(accept(exif(quadrants(), orientation, bigEndian)).toFile());
      int right = image.getWidth() - 8;
      int bottom = image.getHeight() - 8;
      assertThat(image.getWidth()).isEqualTo(orientation > 4 ? 48 : 64);
      assertThat(colour(image, 8, 8)).isEqualTo(topLeft);
      assertThat(colour(image, right, 8)).isEqualTo(topRight);
      assertThat(colour(image, 8, bottom)).isEqualTo(bottomLeft);
    }
  }

  @Test
  void coloursSurviveTheConversion() throws Exception {
    for (String name : new String[] {"cmyk.jpg", "rotated.webp"}) {
      BufferedImage image = ImageIO.read(accept(Files.readAllBytes(IMAGES.resolve(name))).toFile());
      boolean turned = image.getWidth() == 48;
      assertThat(colour(image, 8, 8)).isEqualTo(turned ? "blue" : "red");
      assertThat(colour(image, image.getWidth() - 8, 8)).isEqualTo(turned ? "red" : "green");
    }
    BufferedImage grey =
        ImageIO.read(accept(Files.readAllBytes(IMAGES.resolve("grey16.png"))).toFile());
    assertThat(grey.getRGB(8, 8) & 0xff).isBetween(0x0e, 0x12);
    assertThat(grey.getRGB(50, 8) & 0xff).isBetween(0xbe, 0xc2);
  }

  private static String colour(BufferedImage image, int x, int y) {
    int rgb = image.getRGB(x, y);
    boolean red = (rgb >> 16 & 0xff) > 128;
    boolean green = (rgb >> 8 & 0xff) > 128;
    boolean blue = (rgb & 0xff) > 128;
    return red && green && blue ? "light" : red ? "red" : green ? "green" : blue ? "blue" : "dark";
  }

  private static byte[] quadrants() throws Exception {
    return Files.readAllBytes(IMAGES.resolve("progressive.jpg"));
  }

  private static byte[] exif(byte[] jpeg, int orientation, boolean bigEndian) {
    ByteBuffer tiff = ByteBuffer.allocate(26);
    if (!bigEndian) {
      tiff.order(ByteOrder.LITTLE_ENDIAN);
    }
    tiff.put((bigEndian ? "MM" : "II").getBytes(StandardCharsets.US_ASCII));
    tiff.putShort((short) 42).putInt(8).putShort((short) 1);
    tiff.putShort((short) 0x112).putShort((short) 3).putInt(1).putShort((short) orientation);
    ByteBuffer out = ByteBuffer.allocate(jpeg.length + 36);
    out.put(jpeg, 0, 2).putShort((short) 0xffe1).putShort((short) 34);
    out.put("Exif\0\0".getBytes(StandardCharsets.US_ASCII)).put(tiff.array());
    return out.put(jpeg, 2, jpeg.length - 2).array();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 9, 255})
  void orientationsThatDoNotExistAreNone(int orientation) throws Exception {
    assertThat(accept(exif(quadrants(), orientation, true))).hasFileName("image.jpg");
  }

  @Test
  void metadataAndWhatStandsBehindTheEndAreDropped() throws Exception {
    byte[] secret = "canary, 52.5N 13.4E".getBytes(StandardCharsets.US_ASCII);
    byte[] png = HostileFiles.with(HostileFiles.chunk("tEXt", secret), Fixtures.PNG);
    byte[] comment = HostileFiles.segment(0xfe, secret);
    byte[] jpeg = HostileFiles.insert(Fixtures.JPEG, 2, comment);

    assertThat(accept(HostileFiles.join(png, secret))).hasBinaryContent(Fixtures.PNG);
    assertThat(accept(HostileFiles.join(jpeg, secret))).hasBinaryContent(Fixtures.JPEG);
    byte[] phone = Files.readAllBytes(accept(Files.readAllBytes(IMAGES.resolve("mpo.jpg"))));
    assertThat(new String(phone, StandardCharsets.ISO_8859_1)).doesNotContain("MPF");
  }

  /** The boundary was tried on ComfyUI v0.33.0; see also odd-graphs.jsonl. */
  @ParameterizedTest
  @CsvSource({
    "64, 1, true",
    "65, 1, false",
    "128, 2, true",
    "129, 2, false",
    "2, 128, true",
    "2, 129, false",
    "3072, 48, true",
    "3135, 49, true",
    "3136, 49, false",
    "4097, 64, false",
  })
  void oneRowAndOneColumnMustBeLeft(int width, int height, boolean accepted) throws Exception {
    byte[] image = Fixtures.image("png", width, height);
    TargetSize small = new TargetSize(64, 64);
    if (accepted) {
      assertThat(accept(image, small)).hasFileName("image.png");
    } else {
      assertThatThrownBy(() -> accept(image, small))
          .hasMessageStartingWith("the image is " + width + "x" + height + " pixels: ")
          .hasMessageContaining(
              "less than one pixel of its " + (width > height ? "height" : "width"));
    }
  }

  @Test
  void turnedImagesAreFittedAsTheyAreSeen() {
    byte[] wide = exif(Fixtures.image("jpg", 3000, 2), 6, true);
    assertThatThrownBy(() -> accept(wide, FRAME))
        .hasMessageStartingWith("the image is 2x3000 pixels: ")
        .hasMessageContaining("less than one pixel of its width");
  }

  @ParameterizedTest
  @CsvSource({
    "animated.png, the image is an animated PNG; send a still image",
    "animated.webp, the image is an animated WebP; send a still image",
  })
  void animationsAreRefused(String name, String reason) {
    assertThatThrownBy(() -> accept(Files.readAllBytes(IMAGES.resolve(name)))).hasMessage(reason);
  }

  @Test
  void largeImagesThatAreTurnedShrinkTo4096() throws Exception {
    byte[] wide = exif(Fixtures.image("jpg", 5000, 50), 6, true);
    ImageStructure turned = image(accept(wide));
    assertThat(turned.height()).isEqualTo(4096);
    assertThat(turned.width()).isEqualTo(41);
  }
}
