/**
 * What LTX-2's nodes mean: exact lengths and sizes, and painted frames in place of sampled ones.
 */
@NullMarked
package dev.ltx2.worker.rehearsal.ltx;

import org.jspecify.annotations.NullMarked;
