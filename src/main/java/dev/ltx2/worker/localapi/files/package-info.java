/** The files that the local API serves: videos that were made, and inputs that were sent. */
@NullMarked
package dev.ltx2.worker.localapi.files;

import org.jspecify.annotations.NullMarked;
