package dev.ltx2.worker.runpod.answers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Optional;
import okio.ByteString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is left of an answer that the platform does not take. */
class AnswerFactsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static AnswerFacts of(String json) {
    return AnswerFacts.of(
        new EncodedAnswer.InMemory(ByteString.encodeUtf8(json.replace('\'', '"'))));
  }

  private static AnswerFacts success(String fields) {
    return of("{'output':{'status':'success','output':{" + fields + "}}}");
  }

  private static JsonNode read(EncodedAnswer answer) throws Exception {
    return JSON.readTree(answer.open());
  }

  @Test
  void singleValuesStayAndTheBulkGoes() {
    AnswerFacts facts =
        success(
            "'frames':151,'video_base64':'AAAA','video_url':null,'guides':[1,2],"
                + "'details':{'engine':'comfyui','warnings':['w'],'timings':{'mux':1}}");
    assertThat(facts.body().at("/output/output").toString())
        .isEqualTo("{\"frames\":151,\"video_url\":null}");
  }

  @Test
  void textsAreKeptUpToTheirLimit() {
    String longest = "t".repeat(2000);
    assertThat(success("'x':'" + longest + "'").body().at("/output/output/x").asText())
        .isEqualTo(longest);
    assertThat(success("'x':'" + longest + "t'").body().at("/output/output").has("x")).isFalse();
    String address = "https://host/" + "a".repeat(3987);
    assertThat(success("'video_url':'" + address + "'").address()).contains(address);
    assertThat(success("'video_url':'" + address + "a'").address()).isEmpty();
  }

  @Test
  void aLongErrorIsCut() {
    AnswerFacts facts = of("{'error':'" + "e".repeat(2001) + "','output':{'code':'X'}}");
    assertThat(facts.body().get("error").asText()).isEqualTo("e".repeat(2000) + "…");
    assertThat(facts.completed()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "'''gcs_url'':''gs://v/a.mp4'',''video_url'':''https://h/a.mp4''', gs://v/a.mp4",
    "'''gcs_url'':null,''video_url'':''https://h/a.mp4?sig=1''', https://h/a.mp4",
    "'''video_url'':''https://h/a.mp4#part''', https://h/a.mp4",
    "'''video_url'':'' ''', ",
    "'''video_url'':7', ",
    "'''frames'':7', "
  })
  void saysWhereTheVideoIsWithoutItsSignature(String fields, String address) {
    assertThat(success(fields).address()).isEqualTo(Optional.ofNullable(address));
  }

  @Test
  void anErrorsOwnAddressCountsToo() {
    assertThat(of("{'error':'x','output':{'video_url':'https://h/a'}}").address())
        .contains("https://h/a");
    assertThat(of("{'error':'x'}").address()).isEmpty();
  }

  /** Without the address of its video a success would be an empty one. */
  @Test
  void aSuccessStaysOneOnlyWithAnAddress() throws Exception {
    AnswerFacts facts = success("'video_url':'https://h/a.mp4','details':{'engine':'x'}");
    assertThat(facts.completed()).isTrue();
    JsonNode shortened = read(facts.shortened("refused").orElseThrow());
    assertThat(shortened.has("error")).isFalse();
    assertThat(shortened.at("/output/output/video_url").asText()).isEqualTo("https://h/a.mp4");
    assertThat(shortened.at("/output/output/details/warnings/0").asText()).isEqualTo("refused");
    assertThat(success("'frames':1").shortened("refused")).isEmpty();
    assertThat(of("{}").shortened("refused")).isEmpty();
  }

  @Test
  void aFailureStaysThatFailure() throws Exception {
    AnswerFacts facts = of("{'error':'no GPU','output':{'code':'GPU_FAULT'},'stopPod':true}");
    assertThat(facts.completed()).isFalse();
    assertThat(read(facts.shortened("refused").orElseThrow()).toString())
        .isEqualTo(
            "{'error':'no GPU','output':{'code':'GPU_FAULT'},'stopPod':true}".replace('\'', '"'));
  }

  @Test
  void theLastResortSaysWhereTheVideoOrTheAnswerIs() throws Exception {
    JsonNode with =
        read(success("'video_url':'https://h/a.mp4'").error("Refused", Optional.of("/k")));
    assertThat(with.get("error").asText()).isEqualTo("Refused; the video is at https://h/a.mp4");
    assertThat(with.at("/output/retryable").asBoolean()).isFalse();
    assertThat(with.at("/output/video_url").asText()).isEqualTo("https://h/a.mp4");
    assertThat(with.at("/output").has("gcs_url")).isFalse();

    JsonNode without = read(success("'frames':1").error("Refused", Optional.of("/kept/a.json")));
    assertThat(without.get("error").asText())
        .isEqualTo("Refused; the answer is kept at /kept/a.json");
    assertThat(without.at("/output/retryable").asBoolean()).isTrue();
    assertThat(read(success("'frames':1").error("Refused", Optional.empty())).get("error").asText())
        .isEqualTo("Refused");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "7", "{", "no JSON"})
  void ofWhatCannotBeReadThereIsNothing(String text) {
    assertThat(of(text).body().isEmpty()).isTrue();
    assertThat(of(text).address()).isEmpty();
    assertThat(of(text).completed()).isFalse();
  }

  /** As after a disk that filled up. */
  @Test
  void ofHalfAnAnswerWhatWasReadStands() {
    assertThat(of("{'output':{'output':{'video_url':'https://h/a','frames'").address())
        .contains("https://h/a");
  }
}
