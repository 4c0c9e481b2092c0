/** Figures for Prometheus. Nothing of it is loaded where nobody asks for them. */
@NullMarked
package dev.ltx2.worker.metrics;

import org.jspecify.annotations.NullMarked;
