/** The model files of models.txt: found, checked, fetched. */
@NullMarked
package dev.ltx2.worker.models;

import org.jspecify.annotations.NullMarked;
