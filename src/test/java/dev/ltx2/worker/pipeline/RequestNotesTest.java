package dev.ltx2.worker.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.request.AcceptedSources;
import dev.ltx2.worker.request.GenerationRequest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestNotesTest {
  /** A plan says which images it did not look at. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'image_url': 'https://e.org/a.png' | image_url",
        "'image_url': 'a.png' |",
        "'keyframes': [{'image_url': 'https://e.org/a.png'}] | keyframes[0].image_url",
        "'keyframes': [{'image_url': 'http://e.org/a.png'}, {'image_url': 'b.png'},"
            + " {'image_url': 'https://e.org/c.png'}]"
            + " | keyframes[0].image_url, keyframes[2].image_url"
      })
  void whatIsOnServersIsNotFetched(String fields, String expected) throws Exception {
    String json = "{'duration': 2, %s}".formatted(fields).replace('\'', '"');
    GenerationRequest request =
        GenerationRequest.parse(
            (ObjectNode) new ObjectMapper().readTree(json), AcceptedSources.REMOTE_AND_FILES);

    assertThat(String.join(", ", RequestNotes.notFetched(request)))
        .isEqualTo(expected == null ? "" : expected);
  }
}
