/** What the stores on servers have in common: their contract, its limits in time, its faults. */
@NullMarked
package dev.ltx2.worker.storage.client;

import org.jspecify.annotations.NullMarked;
