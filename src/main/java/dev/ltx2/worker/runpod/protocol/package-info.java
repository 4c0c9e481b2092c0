/** The platform's HTTP: what is taken, posted and pinged, and the variables that say where. */
@NullMarked
package dev.ltx2.worker.runpod.protocol;

import org.jspecify.annotations.NullMarked;
