/** Google Cloud Storage, by its official client. */
@NullMarked
package dev.ltx2.worker.storage.gcs;

import org.jspecify.annotations.NullMarked;
