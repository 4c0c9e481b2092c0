/** What several rooms need and none of them owns; it knows no room. */
package dev.ltx2.worker.common;
