package dev.ltx2.worker.comfyui;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.BufferedSink;
import okio.ForwardingSink;
import okio.ForwardingSource;
import okio.Okio;
import okio.Sink;
import okio.Source;
import org.jspecify.annotations.Nullable;

/** The bytes of one call, counted both ways; its answer ends where it gets too long. */
final class Traffic {
  private final long longest;
  private final AtomicLong moved = new AtomicLong();
  private volatile boolean answering;

  /** An answer of at most so many bytes. */
  Traffic(long longest) {
    this.longest = longest;
  }

  /** The bytes so far; while they grow the call is alive. */
  long moved() {
    return moved.get();
  }

  /** Whether the answer has begun. */
  boolean answering() {
    return answering;
  }

  Request counted(Request request) {
    RequestBody body = request.body();
    return body == null
        ? request
        : request.newBuilder().method(request.method(), new Counted(body)).build();
  }

  Response counted(Response response) throws IOException {
    answering = true;
    ResponseBody body = response.body();
    if (body.contentLength() > longest) {
      throw ComfyUiHttp.BadAnswer.tooLong(response, longest);
    }
    Source source =
        new ForwardingSource(body.source()) {
          private long received;

          @Override
          public long read(Buffer sink, long byteCount) throws IOException {
            long read = super.read(sink, byteCount);
            if (read > 0) {
              moved.addAndGet(read);
              received += read;
            }
            if (received > longest) {
              throw ComfyUiHttp.BadAnswer.tooLong(response, longest);
            }
            return read;
          }
        };
    ResponseBody counted =
        ResponseBody.create(Okio.buffer(source), body.contentType(), body.contentLength());
    return response.newBuilder().body(counted).build();
  }

  private final class Counted extends RequestBody {
    private final RequestBody body;

    Counted(RequestBody body) {
      this.body = body;
    }

    @Override
    public @Nullable MediaType contentType() {
      return body.contentType();
    }

    @Override
    public long contentLength() throws IOException {
      return body.contentLength();
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
      Sink counting =
          new ForwardingSink(sink) {
            @Override
            public void write(Buffer source, long byteCount) throws IOException {
              super.write(source, byteCount);
              moved.addAndGet(byteCount);
            }
          };
      BufferedSink buffered = Okio.buffer(counting);
      body.writeTo(buffered);
      buffered.flush();
    }
  }
}
