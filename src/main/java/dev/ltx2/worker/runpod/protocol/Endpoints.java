package dev.ltx2.worker.runpod.protocol;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;
import okhttp3.HttpUrl;

/** The platform's addresses, made of the templates. */
public final class Endpoints {
  /** The protocol's version, which the platform may go by. */
  private static final String PROTOCOL = "1.12.0";

  private static final String TAKE = "/job-take/";
  private static final int MAX_REASON = 256;
  private static final int MAX_ID = 1000;

  private final HttpUrl take;
  private final Optional<HttpUrl> stop;
  private final String done;
  private final Optional<HttpUrl> ping;

  public Endpoints(RunPodSettings settings) {
    String worker = settings.workerId().orElseGet(() -> UUID.randomUUID().toString());
    String takeText =
        fill(settings.takeUrl().orElseThrow(), worker, settings).replace("$ID", worker);
    take = HttpUrl.get(takeText);
    stop =
        takeText.contains(TAKE)
            ? Optional.of(HttpUrl.get(takeText.replace(TAKE, "/job-stop/")))
            : Optional.empty();
    done = fill(settings.doneUrl().orElseThrow(), worker, settings);
    ping =
        settings
            .pingUrl()
            .map(url -> HttpUrl.get(fill(url, worker, settings).replace("$ID", worker)));
  }

  private static String fill(String template, String worker, RunPodSettings settings) {
    String filled = template.replace("$RUNPOD_POD_ID", worker);
    return settings.gpuType().map(gpu -> filled.replace("$RUNPOD_GPU_TYPE_ID", gpu)).orElse(filled);
  }

  /**
   * Where jobs are taken.
   *
   * @param wanted how many; one take brings several only where the template names the route
   */
  HttpUrl take(int wanted, boolean working) {
    HttpUrl.Builder url = take.newBuilder();
    if (wanted > 1 && take.encodedPath().contains(TAKE)) {
      url.encodedPath(take.encodedPath().replace(TAKE, "/job-take-batch/"));
      url.addQueryParameter("batch_size", Integer.toString(wanted));
    }
    return url.addQueryParameter("job_in_progress", working ? "1" : "0").build();
  }

  /** Where jobs are stopped; empty where the template of takes does not show it. */
  Optional<HttpUrl> stop() {
    return stop;
  }

  /** Where answers and progress of a job go. */
  HttpUrl done(String jobId) {
    return HttpUrl.get(done.replace("$ID", safe(jobId)))
        .newBuilder()
        .addQueryParameter("isStream", "false")
        .build();
  }

  /** The heartbeat with the jobs held; none of them: no {@code job_id}. */
  public Optional<HttpUrl> ping(Collection<String> jobIds) {
    return ping.map(url -> {
      HttpUrl.Builder builder = url.newBuilder();
      if (!jobIds.isEmpty()) {
        builder.addQueryParameter("job_id", String.join(",", jobIds));
      }
      return builder.addQueryParameter("runpod_version", PROTOCOL).build();
    });
  }

  /** The report of a worker that cannot work. */
  public Optional<HttpUrl> unhealthy(String check, String reason) {
    return ping.map(url ->
        url.newBuilder()
            .addQueryParameter("status", "unhealthy")
            .addQueryParameter("check", check)
            .addQueryParameter("reason", reason.substring(0, Math.min(reason.length(), MAX_REASON)))
            .addQueryParameter("runpod_version", PROTOCOL)
            .build());
  }

  /**
   * Whether answers can be posted under this id: {@code .} and {@code ..} lead to other paths,
   * however they are written, and no server takes a path of any length.
   */
  public static boolean postable(String jobId) {
    String name = safe(jobId);
    return !jobId.isBlank() && name.length() <= MAX_ID && !name.equals(".") && !name.equals("..");
  }

  /** Usual ids (letters, digits, {@code -}) stay as they are; others never become paths. */
  public static String safe(String jobId) {
    return URLEncoder.encode(jobId, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
