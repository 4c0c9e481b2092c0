package dev.ltx2.worker.runpod.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.runpod.protocol.AwakeTimeCall.HttpReply;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The platform over HTTP/1.1, as its own SDK speaks to it. */
public final class RunPodClient implements Platform {
  private static final Logger LOG = LoggerFactory.getLogger(RunPodClient.class);

  /** What the platform gets an answer's JSON as. */
  public static final MediaType FORM = MediaType.get("application/x-www-form-urlencoded");

  /** Both long polls are asked anew after this; how long the platform holds them is its affair. */
  private static final Duration POLL = Duration.ofSeconds(90);

  /** What an open take gets when no job is wanted any more. */
  private static final Duration LINGER = Duration.ofSeconds(1);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Endpoints endpoints;
  private final Optional<String> key;
  private final Clock time;
  private final OkHttpClient client = newClient();

  /** The open take, and whether takes have ended; both guarded by this. */
  private @Nullable AwakeTimeCall taking;

  private boolean ended;

  public RunPodClient(Endpoints endpoints, Optional<String> key, Clock time) {
    this.endpoints = endpoints;
    this.key = key;
    this.time = time;
  }

  /** Limits are {@link AwakeTimeCall}'s; a connection that is not there in 10 s will not come. */
  public static OkHttpClient newClient() {
    return new OkHttpClient.Builder()
        .protocols(List.of(Protocol.HTTP_1_1))
        .followRedirects(false)
        .connectTimeout(Duration.ofSeconds(10))
        .readTimeout(Duration.ZERO)
        .writeTimeout(Duration.ZERO)
        .build();
  }

  /** What every request carries. */
  public static Request.Builder request(HttpUrl url, Optional<String> key) {
    Request.Builder request =
        new Request.Builder().url(url).header("Accept", "*/*").header("User-Agent", "ltx2-worker");
    key.ifPresent(text -> request.header("Authorization", text));
    return request;
  }

  @Override
  public Taken take(int wanted, boolean working) throws InterruptedException {
    AwakeTimeCall call = call(poll(endpoints.take(wanted, working)));
    synchronized (this) {
      if (ended) {
        return new Taken.NoJobs();
      }
      taking = call;
    }
    try {
      return taken(call.run(POLL));
    } catch (IOException e) {
      return end(e);
    } finally {
      synchronized (this) {
        taking = null;
      }
    }
  }

  private synchronized Taken end(IOException e) {
    return ended ? new Taken.NoJobs() : new Failed(reason(e));
  }

  private static Taken taken(HttpReply reply) {
    return switch (reply.status()) {
      case 200 -> jobs(reply);
      // 400 is how a worker resumed from a snapshot hears that there is no job.
      case 204, 400 -> new Taken.NoJobs();
      case 429 -> new SlowDown();
      default -> new Failed(refusal(reply.status()));
    };
  }

  /** A job under another type is a job: it is counted as taken. What is none is logged. */
  private static Taken jobs(HttpReply reply) {
    List<TakenJob> jobs = JobReader.read(reply.body().toByteArray());
    if (!jobs.isEmpty()) {
      return new Taken.Jobs(jobs);
    }
    return reply.type().equals("application/json") || reply.body().size() == 0
        ? new Taken.NoJobs()
        : new Failed(
            "status 200 with %s instead of a job"
                .formatted(reply.type().isEmpty() ? "no content type" : reply.type()));
  }

  @Override
  public synchronized void endTake() {
    ended = true;
    if (taking != null) {
      taking.hurry(LINGER);
    }
  }

  @Override
  public boolean canStop() {
    return endpoints.stop().isPresent();
  }

  @Override
  public Stops stops() throws InterruptedException {
    try {
      HttpReply reply = call(poll(endpoints.stop().orElseThrow())).run(POLL);
      return switch (reply.status()) {
        case 200 -> new Stops.Ids(ids(reply));
        case 204 -> new Stops.Ids(List.of());
        case 429 -> new SlowDown();
        default -> new Failed(refusal(reply.status()));
      };
    } catch (IOException e) {
      return new Failed(reason(e));
    }
  }

  private static List<String> ids(HttpReply reply) {
    List<String> ids = new ArrayList<>();
    if (reply.type().equals("application/json")) {
      try {
        for (JsonNode id : JSON.readTree(reply.body().toByteArray()).path("jobsToStop")) {
          if (id.isTextual()) {
            ids.add(id.asText());
          }
        }
      } catch (IOException e) {
        LOG.debug("The stop channel brought unreadable JSON");
      }
    }
    return ids;
  }

  @Override
  public Posted post(String jobId, RequestBody body, Duration limit) throws InterruptedException {
    Request request =
        request(endpoints.done(jobId), key)
            .header("charset", "utf-8")
            .header("X-Request-ID", Endpoints.safe(jobId))
            .post(body)
            .build();
    try {
      int status = call(request).run(limit).status();
      return switch (status) {
        case 400, 413 -> new Posted.Refused(status);
        case 404, 410 -> new Posted.Gone(status);
        default -> accepted(status) ? new Posted.Accepted() : new Failed(refusal(status));
      };
    } catch (IOException e) {
      return new Failed(reason(e));
    }
  }

  /** A redirect is none: followed, a post becomes a GET without its body. */
  public static boolean accepted(int status) {
    return status / 100 == 2;
  }

  /** What a log line says of a status; of those that refuse the worker itself, what to look at. */
  public static String refusal(int status) {
    return switch (status) {
      case 401, 403 ->
          "status %d: the platform refuses this worker; is RUNPOD_AI_API_KEY valid?"
              .formatted(status);
      default -> "status " + status;
    };
  }

  private Request poll(HttpUrl url) {
    return request(url, key).header("Content-Type", "application/json").build();
  }

  private AwakeTimeCall call(Request request) {
    return new AwakeTimeCall(client, request, time);
  }

  /** Without the URL, whose query some messages carry. */
  public static String reason(IOException e) {
    return e instanceof ConnectException || e instanceof UnknownHostException
        ? "not reachable"
        : e.getClass().getSimpleName() + ": no complete answer";
  }

  /** Ends what is under way; lets go of connections and threads. */
  public void close() {
    client.dispatcher().cancelAll();
    client.connectionPool().evictAll();
    client.dispatcher().executorService().shutdown();
  }
}
