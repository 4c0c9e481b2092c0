/**
 * Model sets: a folder of graphs and its {@code set.json}, which says what requests may ask of them
 * and how they sample. Pure: whoever loads the folder reads the files.
 */
@NullMarked
package dev.ltx2.worker.modelset;

import org.jspecify.annotations.NullMarked;
