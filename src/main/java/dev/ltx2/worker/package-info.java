/** The worker: where every start of it begins. Which room knows which is held by RoomsTest. */
@NullMarked
package dev.ltx2.worker;

import org.jspecify.annotations.NullMarked;
