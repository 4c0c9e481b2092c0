/**
 * The jobs of the local API, from their acceptance to the end of their results: on disk before they
 * are acknowledged, run by a {@link dev.ltx2.worker.job.JobRunner}, and never forgotten.
 */
@NullMarked
package dev.ltx2.worker.localapi.queue;

import org.jspecify.annotations.NullMarked;
