package dev.ltx2.worker.diagnostics;

import dev.ltx2.worker.storage.StorageProbe;
import dev.ltx2.worker.storage.StorageSettings;
import dev.ltx2.worker.storage.client.StoreCheck;
import java.util.ArrayList;
import java.util.List;

/** Bucket and folders that videos go to. */
record StorageExamination(StorageSettings settings) implements Doctor.Examination {
  @Override
  public List<Diagnosis> run() {
    List<Diagnosis> lines = new ArrayList<>();
    if (settings.bucket().isEmpty()) {
      lines.add(
          Diagnosis.note(
              "storage",
              "no bucket: neither GCS_BUCKET nor S3_BUCKET is set; an endpoint's videos go into the answer, larger"
                  + " ones than 7 MB into KEEP_DIR, and their jobs fail"));
    }
    for (StoreCheck check : StorageProbe.run(settings)) {
      lines.add(
          Diagnosis.of("storage", check.ok(), check.name(), check.name() + ": " + check.remedy()));
    }
    return lines;
  }
}
