/**
 * The contract between whoever hands out jobs and whoever runs them: job, answer, failure, codes,
 * progress. It knows Jackson and nothing that makes a video.
 */
@NullMarked
package dev.ltx2.worker.job;

import org.jspecify.annotations.NullMarked;
