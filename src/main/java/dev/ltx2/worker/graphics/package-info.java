/** Drawing without a desktop: bitmaps, shapes, letters, SVG. */
@NullMarked
package dev.ltx2.worker.graphics;

import org.jspecify.annotations.NullMarked;
