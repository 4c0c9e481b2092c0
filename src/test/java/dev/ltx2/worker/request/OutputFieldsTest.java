package dev.ltx2.worker.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.request.output.OutputPlace;
import java.util.Map;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where the video is wanted; each of these fields is a secret. */
class OutputFieldsTest {
  private static final String S3 =
      "'s3Config': {'accessId': 'AKID', 'accessSecret': 's3cr3t', 'bucketName': 'videos',"
          + " 'endpointUrl': 'https://s3.example.com'}";
  private static final String URL =
      "'output_url': 'https://s.example.com/v?X-Amz-Signature=s3cr3t'";

  private static GenerationRequest parse(String fields) throws Exception {
    String json = "{'image_url': 'https://e.org/a.png', 'duration': 5, %s}".formatted(fields);
    return GenerationRequest.parse(
        (ObjectNode) new ObjectMapper().readTree(json.replace('\'', '"')));
  }

  @Test
  void anAddressWithItsHeaders() throws Exception {
    GenerationRequest request =
        parse(URL + ", 'output_headers': {'Content-Type': 'video/mp4', 'x-ms-blob-type': 'Block'}");
    assertThat(request.output())
        .isEqualTo(
            new OutputPlace.Address(
                HttpUrl.get("https://s.example.com/v?X-Amz-Signature=s3cr3t"),
                Map.of("content-type", "video/mp4", "x-ms-blob-type", "Block")));
    assertThat(request.toString())
        .contains("Address[…]")
        .doesNotContain("s3cr3t")
        .doesNotContain("video/mp4");
    assertThat(request.warnings()).isEmpty();
  }

  @Test
  void aBucketOfTheClients() throws Exception {
    GenerationRequest request = parse(S3);
    assertThat(request.output())
        .isEqualTo(
            new OutputPlace.S3Config(
                HttpUrl.get("https://s3.example.com"), "videos", "AKID", "s3cr3t"));
    assertThat(request.toString()).contains("S3Config[…]").doesNotContain("s3cr3t", "AKID");
  }

  @Test
  void neitherIsTheUsualPlace() throws Exception {
    assertThat(parse("'s3Config': null").output()).isEqualTo(new OutputPlace.Usual());
    assertThat(parse("'output_headers': {}").warnings())
        .containsExactly("output_headers has no effect without output_url");
  }

  @Test
  void bothAreRefused() {
    assertThatThrownBy(() -> parse(URL + ", " + S3))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage("output_url and s3Config each name a place: give one of them");
  }

  /** A shape that is wrong is one fault, not also that of each field in it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'s3Config': 's3cr3t' | s3Config must be an object",
        "'s3Config': {'accessId': 'a', 'accessSecret': 'b', 'bucketName': 'videos', 'endpointUrl': 'https://['}"
            + " | s3Config needs accessId, accessSecret, bucketName (the name alone) and endpointUrl"
            + " (an https URL); missing or wrong: endpointUrl"
      })
  void andSaysItOnce(String fields, String sentence) {
    assertThatThrownBy(() -> parse(fields)).hasMessage(sentence);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'output_url': 'ftp://u:s3cr3t@x/y' | output_url must be an https URL",
        "'output_url': 7 | output_url must be an https URL",
        "'output_url': 'https://x/y', 'output_headers': ['s3cr3t'] | output_headers must be an object",
        "'output_url': 'https://x/y', 'output_headers': {'Authorization': 's3cr3t'} | may have Content-Type",
        "'output_url': 'https://x/y', 'output_headers': {'Host': 's3cr3t'} | may have Content-Type",
        "'output_url': 'https://x/y', 'output_headers': {'x-amz-acl': 's3cr3t\\r\\nHost: x'} | printable ASCII",
        "'output_url': 'https://x/y', 'output_headers': {'x-amz-a': 'a', 'X-Amz-A': 'b'} | x-amz-a twice",
        "'s3Config': {'accessSecret': 's3cr3t'} | missing or wrong: accessId, bucketName, endpointUrl",
        "'s3Config': {'accessId': 'a', 'accessSecret': 's3cr3t s3cr3t', 'bucketName': 'a/b', 'endpointUrl': 'https://x'}"
            + " | missing or wrong: accessSecret, bucketName"
      })
  void namesWhatIsWrongAndShowsNothing(String fields, String words) {
    assertThatThrownBy(() -> parse(fields))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining(words)
        .hasMessageNotContaining("s3cr3t");
  }
}
