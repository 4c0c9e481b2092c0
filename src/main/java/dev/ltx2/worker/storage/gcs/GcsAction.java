package dev.ltx2.worker.storage.gcs;

/** What is asked of a bucket, and the permission it takes. */
enum GcsAction {
  CREATE("storage.objects.create"),
  READ("storage.objects.get"),
  DELETE("storage.objects.delete");

  private final String permission;

  GcsAction(String permission) {
    this.permission = permission;
  }

  String permission() {
    return permission;
  }
}
