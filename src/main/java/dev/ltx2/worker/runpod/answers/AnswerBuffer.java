package dev.ltx2.worker.runpod.answers;

import dev.ltx2.worker.common.IoErrors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import okio.ByteString;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes an answer while it is encoded: in memory as long as it is small, then on disk, then, when
 * that is full, by counting its bytes alone. So an answer without a video needs no disk, and a full
 * disk fails none.
 */
final class AnswerBuffer extends OutputStream {
  /** An answer without a video has a few kilobytes. */
  static final int MEMORY = 1 << 20;

  private static final Logger LOG = LoggerFactory.getLogger(AnswerBuffer.class);

  private final String jobId;
  private final KeptAnswers kept;
  private final ByteArrayOutputStream memory = new ByteArrayOutputStream();
  private long bytes;
  private @Nullable AnswerDraft draft;
  private boolean counting;

  private AnswerBuffer(String jobId, KeptAnswers kept) {
    this.jobId = jobId;
    this.kept = kept;
  }

  /**
   * An encoded answer.
   *
   * @param kept where it is on disk already
   */
  record Result(EncodedAnswer answer, Optional<KeptAnswer> kept) {}

  /** Encodes an answer; what it throws is the body's own fault. */
  static Result encode(String jobId, AnswerBody body, KeptAnswers kept) throws IOException {
    AnswerBuffer buffer = new AnswerBuffer(jobId, kept);
    try {
      body.encode(buffer);
      return buffer.result(body);
    } finally {
      buffer.discard();
    }
  }

  private Result result(AnswerBody body) {
    if (bytes <= MEMORY) {
      return new Result(
          new EncodedAnswer.InMemory(ByteString.of(memory.toByteArray())), Optional.empty());
    }
    if (draft != null) {
      try {
        KeptAnswer file = draft.finish();
        return new Result(new EncodedAnswer.OnDisk(file.file(), bytes), Optional.of(file));
      } catch (IOException e) {
        count(e);
      }
    }
    return new Result(new EncodedAnswer.Remade(body, bytes), Optional.empty());
  }

  private void count(IOException why) {
    LOG.warn(
        "The answer of job {} does not fit into {}: {}", jobId, kept.folder(), IoErrors.of(why));
    counting = true;
    discard();
  }

  private void discard() {
    if (draft != null) {
      draft.close();
      draft = null;
    }
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] content, int from, int length) {
    bytes += length;
    if (counting) {
      return;
    }
    if (bytes <= MEMORY) {
      memory.write(content, from, length);
      return;
    }
    try {
      if (draft == null) {
        draft = kept.begin(jobId);
        memory.writeTo(draft.out());
        memory.reset();
      }
      draft.out().write(content, from, length);
    } catch (IOException e) {
      count(e);
    }
  }
}
