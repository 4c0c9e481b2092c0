package dev.ltx2.worker.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.RequestJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FittingTest {
  @ParameterizedTest
  @CsvSource({
    "1280, 736",
    "640, 368",
    "1920, 1080",
    "4000, 2300",
    "1280, 720",
    "1344, 736",
    "1280, 774"
  })
  void nearlyTheVideosShapeIsNothingToSay(int width, int height) throws Exception {
    assertThat(Fitting.warning(request("pad"), 0, width, height)).isEmpty();
    assertThat(Fitting.warning(request("crop"), 0, width, height)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "1350, 736, 5.2",
    "1280, 776, 5.2",
    "736, 1280, 66.9",
    "1000, 1000, 42.5",
    "1, 30000, 100.0"
  })
  void figuresOfWhatIsLost(int width, int height, String percent) throws Exception {
    assertThat(Fitting.warning(request("pad"), 0, width, height).orElseThrow())
        .startsWith("image_url has %dx%d pixels, the video 1280x736: ".formatted(width, height))
        .contains(percent + " % of the video stays black; \"fit\": \"crop\" fills it");
    assertThat(Fitting.warning(request("crop"), 0, width, height).orElseThrow())
        .contains(percent + " % of the image is cut away; \"fit\": \"pad\" shows all of it");
  }

  @Test
  void theSizeThatIsNamedFits() throws Exception {
    assertThat(Fitting.warning(request("pad"), 0, 1000, 1000).orElseThrow())
        .endsWith(", a size of 960x960 comes near the image's shape");
    assertThat(Fitting.warning(request("pad"), 0, 736, 1280).orElseThrow())
        .endsWith(", a size of 736x1280 comes near the image's shape");
    assertThat(Fitting.warning(request("pad"), 0, 1, 30000).orElseThrow())
        .endsWith(", a size of 64x2048 comes near the image's shape");
  }

  /** At few pixels the multiples of 32 are far apart. */
  @Test
  void noSizeIsNamedWhereNoneIsNearer() throws Exception {
    GenerationRequest small =
        GenerationRequest.parse(
            RequestJson.read(
                """
                {"image_url": "https://e.org/a.png", "duration": 5, "width": 256, "height": 160}\
                """));
    assertThat(Fitting.warning(small, 0, 1280, 736).orElseThrow())
        .endsWith(": 8.0 % of the video stays black; \"fit\": \"crop\" fills it");
  }

  @Test
  void keyframesByTheirOwnFit() throws Exception {
    GenerationRequest request =
        GenerationRequest.parse(
            RequestJson.read(
                """
                {"duration": 5, "keyframes": [{"image_url": "https://e.org/a.png"},
                  {"image_url": "https://e.org/b.png", "fit": "crop"}]}\
                """));

    assertThat(Fitting.warning(request, 0, 100, 100).orElseThrow())
        .startsWith("keyframes[0].image_url has 100x100")
        .contains("42.5 % of the video stays black");
    assertThat(Fitting.warning(request, 1, 100, 100).orElseThrow())
        .startsWith("keyframes[1].image_url has 100x100")
        .contains("42.5 % of the image is cut away");
  }

  private static GenerationRequest request(String fit) throws Exception {
    return GenerationRequest.parse(
        RequestJson.read(
            "{\"image_url\": \"https://e.org/a.png\", \"duration\": 5, \"fit\": \"" + fit + "\"}"));
  }
}
