/** Log lines, for the platform and for people. The only room that touches Logback. */
@NullMarked
package dev.ltx2.worker.logging;

import org.jspecify.annotations.NullMarked;
