/** The platform's endpoint API on one machine, with its page. */
@NullMarked
package dev.ltx2.worker.localapi;

import org.jspecify.annotations.NullMarked;
