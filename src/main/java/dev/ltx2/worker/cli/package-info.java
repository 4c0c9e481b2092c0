/** The launcher's commands. */
@NullMarked
package dev.ltx2.worker.cli;

import org.jspecify.annotations.NullMarked;
