package dev.ltx2.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.ltx2.worker.pipeline.Timings;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobFailureTest {
  @ParameterizedTest
  @CsvSource({"true, true", "false, false"})
  void isWrittenAsTheClientReadsIt(boolean retryable, String written) throws Exception {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
      new JobFailure(ErrorCode.GENERATION_FAILED, "No \"video\"", retryable, null).writeTo(out);
    }

    assertThat(text)
        .hasToString(
            """
            {"status":"error","error":"No \\"video\\"","code":"GENERATION_FAILED","retryable":%s}\
            """
                .formatted(written));
  }

  @Test
  void aFaultyInputIsToldFieldByField() throws Exception {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
      JobFailure.invalid(
              "a; b",
              List.of(new FieldError("fps", "a"), new FieldError("keyframes[1].image_url", "b")),
              null)
          .writeTo(out);
    }

    assertThat(text)
        .hasToString(
            """
            {"status":"error","error":"a; b","code":"INVALID_INPUT","retryable":false,"errors":\
            [{"field":"fps","message":"a"},{"field":"keyframes[1].image_url","message":"b"}]}\
            """);
  }

  /** Where no field is known, a page still gets a place to show it. */
  @Test
  void aFaultyInputWithoutFieldsIsAFaultOfAllOfIt() {
    JobFailure failure = new JobFailure(ErrorCode.INVALID_INPUT, "no object", false, null);
    assertThat(failure.errors()).containsExactly(new FieldError("input", "no object"));
    assertThat(new JobFailure(ErrorCode.DISK_FULL, "full", true, null).errors()).isEmpty();
  }

  /** As one value among others: a generator that is closed would end the object by itself. */
  @Test
  void isOneWholeValue() throws Exception {
    StringWriter text = new StringWriter();
    JobFailure failure = new JobFailure(ErrorCode.DISK_FULL, "full", true, null);
    try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
      out.writeStartArray();
      failure.writeTo(out);
      out.writeNumber(1);
      out.writeEndArray();
    }

    assertThat(text.toString()).endsWith("\"retryable\":true},1]");
    assertThat(failure.code()).isEqualTo(ErrorCode.DISK_FULL);
    assertThat(failure.retryable()).isTrue();
    assertThat(new JobFailure(ErrorCode.INTERNAL_ERROR, "x", false, null).retryable()).isFalse();
  }

  @Test
  void onlyABrokenGpuCostsTheWorkerItsPlace() {
    assertThat(new JobFailure(ErrorCode.GPU_FAULT, "x", true, null).refreshWorker()).isTrue();
    assertThat(
            Stream.of(
                ErrorCode.INVALID_INPUT,
                ErrorCode.GENERATION_FAILED,
                ErrorCode.GENERATION_TIMEOUT,
                ErrorCode.OUT_OF_MEMORY,
                ErrorCode.STORAGE_FAILED,
                ErrorCode.INTERNAL_ERROR))
        .noneMatch(code -> new JobFailure(code, "x", true, null).refreshWorker());
  }

  @Test
  void timingsAreSecondsToTheMillisecond() {
    assertThat(
            new Timings(
                    Duration.ofMillis(1234),
                    Duration.ZERO,
                    Duration.ofSeconds(90),
                    Duration.ofNanos(5_999_999),
                    Duration.ofMillis(10),
                    Duration.ofMinutes(2))
                .toJson())
        .hasToString(
            """
            {"download":1.234,"queue":0.0,"generate":90.0,"mux":0.005,"store":0.01,"total":120.0}\
            """);
  }

  @Test
  void stagesAsClientsSeeThem() {
    assertThat(Stream.of(Stage.values()).map(Stage::label))
        .containsExactly("download", "queue", "generate", "mux", "store");
    assertThat(Stream.of(Stage.values()).mapToInt(Stage::weight).sum()).isEqualTo(100);
  }
}
