/** Plans and results for people: text, timeline, contact sheet. */
@NullMarked
package dev.ltx2.worker.report;

import org.jspecify.annotations.NullMarked;
