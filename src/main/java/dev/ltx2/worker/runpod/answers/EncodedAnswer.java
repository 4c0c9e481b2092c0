package dev.ltx2.worker.runpod.answers;

import dev.ltx2.worker.runpod.protocol.RunPodClient;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okio.BufferedSink;
import okio.ByteString;

/** An answer's JSON, measured, that can be read as often as it must be posted. */
public sealed interface EncodedAnswer {
  /** Its length. */
  long bytes();

  /** Its content from the start. */
  InputStream open() throws IOException;

  /** It is small. */
  record InMemory(ByteString content) implements EncodedAnswer {
    @Override
    public long bytes() {
      return content.size();
    }

    @Override
    public InputStream open() {
      return new ByteArrayInputStream(content.toByteArray());
    }
  }

  /** It carries a video, and there is room for it. */
  record OnDisk(Path file, long bytes) implements EncodedAnswer {
    @Override
    public InputStream open() throws IOException {
      return Files.newInputStream(file);
    }
  }

  /** It carries a video, and there is no room: it is made anew, from the job's file, every time. */
  record Remade(AnswerBody source, long bytes) implements EncodedAnswer {
    @Override
    public InputStream open() throws IOException {
      ByteArrayOutputStream made = new ByteArrayOutputStream(Math.toIntExact(bytes));
      source.encode(made);
      return new ByteArrayInputStream(made.toByteArray());
    }
  }

  /** As it is posted. */
  default RequestBody body() {
    return new RequestBody() {
      @Override
      public MediaType contentType() {
        return RunPodClient.FORM;
      }

      @Override
      public long contentLength() {
        return bytes();
      }

      @Override
      public void writeTo(BufferedSink sink) throws IOException {
        if (EncodedAnswer.this instanceof Remade(AnswerBody source, long _)) {
          source.encode(new Unclosed(sink.outputStream()));
        } else {
          try (InputStream in = open()) {
            in.transferTo(sink.outputStream());
          }
        }
      }
    };
  }

  /** The sink is its caller's to close. */
  final class Unclosed extends FilterOutputStream {
    Unclosed(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] content, int from, int length) throws IOException {
      out.write(content, from, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
