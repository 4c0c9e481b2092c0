/**
 * RunPod's serverless protocol: takes jobs, tells of them while they run, answers each exactly
 * once. It knows jobs, not what they make.
 */
@NullMarked
package dev.ltx2.worker.runpod;

import org.jspecify.annotations.NullMarked;
