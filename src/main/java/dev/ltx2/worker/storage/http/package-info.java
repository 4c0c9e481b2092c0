/** Files sent by plain HTTP: what stores share that have no client library of their own. */
@NullMarked
package dev.ltx2.worker.storage.http;

import org.jspecify.annotations.NullMarked;
