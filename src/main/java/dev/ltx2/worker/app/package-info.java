/** Settings and wiring: the rooms put together as the environment says. */
@NullMarked
package dev.ltx2.worker.app;

import org.jspecify.annotations.NullMarked;
