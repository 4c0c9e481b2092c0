/** Connections to addresses that strangers name. */
@NullMarked
package dev.ltx2.worker.net;

import org.jspecify.annotations.NullMarked;
