package dev.ltx2.worker.app;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.input.Inputs;
import dev.ltx2.worker.job.Answer;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.localapi.files.FileFolder;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.pipeline.JobTrace;
import dev.ltx2.worker.pipeline.VideoJob;
import dev.ltx2.worker.pipeline.VideoResult;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.report.ContactSheet;
import dev.ltx2.worker.storage.StorageException;
import dev.ltx2.worker.storage.StorageSettings;
import dev.ltx2.worker.storage.Stored;
import dev.ltx2.worker.storage.Target;
import dev.ltx2.worker.storage.UploadListener;
import dev.ltx2.worker.storage.VideoStore;
import dev.ltx2.worker.storage.VideoStores;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Jobs of the local API: their contact sheets, and without a bucket their videos, lie among the
 * files that it serves. In answers these stand as {@code /files/…}; whoever asked knows the host.
 */
final class LocalVideos {
  private static final Logger LOG = LoggerFactory.getLogger(LocalVideos.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final FileFolder files;

  LocalVideos(FileFolder files) {
    this.files = files;
  }

  /**
   * Where videos go: to the place that a request names, into the bucket, and else, also where these
   * fail, among the files that are served here.
   */
  VideoStore store(StorageSettings settings) {
    return new ServedStore(
        VideoStores.of(settings, Clock.SYSTEM), settings.bucket().isPresent(), files);
  }

  private record ServedStore(VideoStore remote, boolean bucket, FileFolder files)
      implements VideoStore {
    @Override
    public Optional<String> refusal(Target target) {
      return remote.refusal(target);
    }

    @Override
    public Stored store(
        String jobId, Path file, String fileName, Target target, UploadListener listener)
        throws StorageException, InterruptedException {
      if (!bucket && target instanceof Target.None) {
        return serve(file, fileName);
      }
      try {
        Stored stored = remote.store(jobId, file, fileName, target, listener);
        // The upload failed, and here the video need not be inside of the answer.
        return stored instanceof Stored.Inline(var _, String why, var gcs)
            ? serve(file, fileName).because(Optional.of(why), gcs)
            : stored;
      } catch (StorageException e) {
        LOG.warn("The video of job {} is served from this machine: {}", jobId, e.getMessage());
        String why = String.valueOf(e.getMessage());
        return serve(file, fileName).because(Optional.of(why), Optional.empty());
      }
    }

    private Stored.Local serve(Path file, String fileName) throws StorageException {
      try {
        return new Stored.Local(files.add(file, "mp4"), fileName);
      } catch (IOException e) {
        throw new StorageException(
            "The video could not be written to the server's files: " + IoErrors.of(e), e);
      }
    }
  }

  /** Runs jobs, draws their contact sheets. */
  JobRunner over(VideoJob jobs) {
    return (job, listener) -> run(jobs, job, listener);
  }

  private Answer run(VideoJob jobs, Job job, ProgressListener listener)
      throws JobFailure, InterruptedException {
    Sheet sheet = new Sheet(files.reserve("png"));
    try (VideoResult result = jobs.run(job, listener, sheet)) {
      return new Served(answer(result, sheet));
    } catch (IOException e) {
      throw new IllegalStateException("cannot write the answer", e);
    }
  }

  private static ObjectNode answer(VideoResult result, Sheet sheet) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = JSON.createGenerator(bytes)) {
      result.writeTo(out);
    }
    ObjectNode answer = (ObjectNode) JSON.readTree(bytes.toByteArray());
    JsonNode output = answer.path("output");
    if (result.stored() instanceof Stored.Local local && output instanceof ObjectNode made) {
      made.put("video_url", "/files/" + local.file().getFileName());
    }
    if (sheet.drawn && output.path("details") instanceof ObjectNode details) {
      details.put("contact_sheet_url", "/files/" + sheet.target.getFileName());
    }
    return answer;
  }

  /** An answer whose files are the server's. */
  private record Served(ObjectNode json) implements Answer {
    @Override
    public void writeTo(JsonGenerator out) throws IOException {
      JSON.writeTree(out, json);
    }

    @Override
    public void close() {}
  }

  private static final class Sheet implements JobTrace {
    private final Path target;
    private boolean drawn;

    Sheet(Path target) {
      this.target = target;
    }

    @Override
    public void delivered(GenerationPlan plan, Inputs inputs, Path mp4) {
      try {
        ContactSheet.write(plan, inputs.images(), mp4, target);
        drawn = true;
      } catch (IOException | MediaException e) {
        // The video is good: a missing contact sheet must not fail the job.
        LOG.warn("No contact sheet: {}", e.getMessage());
        delete();
      } catch (InterruptedException e) {
        delete();
        Thread.currentThread().interrupt();
      }
    }

    private void delete() {
      try {
        Files.deleteIfExists(target);
      } catch (IOException e) {
        LOG.warn("Cannot delete {}", target, e);
      }
    }
  }
}
