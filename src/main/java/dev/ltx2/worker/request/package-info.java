/** A job's input: parsed, validated, every default in place. Pure: no files, no network. */
@NullMarked
package dev.ltx2.worker.request;

import org.jspecify.annotations.NullMarked;
