package dev.ltx2.worker.runpod.answers;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.ltx2.worker.job.Answer;
import dev.ltx2.worker.job.JobFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import okio.ByteString;

/** The JSON of a final answer. */
@FunctionalInterface
public interface AnswerBody {
  /** Writes it. */
  void writeTo(JsonGenerator out) throws IOException;

  /** A body without {@code error} is a completed job. */
  static AnswerBody of(Answer answer) {
    return out -> {
      out.writeStartObject();
      out.writeFieldName("output");
      answer.writeTo(out);
      out.writeEndObject();
    };
  }

  /**
   * A body with a non-empty string {@code error} is a failed job; {@code stopPod} asks for another
   * worker in this one's place.
   */
  static AnswerBody of(JobFailure failure) {
    return out -> {
      out.writeStartObject();
      out.writeStringField("error", failure.getMessage());
      out.writeFieldName("output");
      failure.writeTo(out);
      if (failure.refreshWorker()) {
        out.writeBooleanField("stopPod", true);
      }
      out.writeEndObject();
    };
  }

  /** A small one, encoded. */
  default EncodedAnswer.InMemory inMemory() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      encode(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new EncodedAnswer.InMemory(ByteString.of(bytes.toByteArray()));
  }

  /**
   * Encodes it as valid JSON in valid UTF-8 whatever its texts and numbers are: half a surrogate
   * pair becomes U+FFFD, NaN and Infinity become strings. Jackson's own UTF-8 generator throws on
   * the former.
   */
  default void encode(OutputStream target) throws IOException {
    var encoder =
        StandardCharsets.UTF_8
            .newEncoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .replaceWith("\uFFFD".getBytes(StandardCharsets.UTF_8));
    try (JsonGenerator out =
        JsonFactory.builder().build().createGenerator(new OutputStreamWriter(target, encoder))) {
      writeTo(out);
    }
  }
}
