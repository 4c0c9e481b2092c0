package dev.ltx2.worker.media;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The boxes of an MP4 (ISO 14496-12): which tracks it has, and how long they are presented.
 * FFmpeg's muxer always presents every packet; a track that ends earlier must be told so
 * afterwards.
 */
public final class Boxes {
  /** A file from outside may have any number; an M4A needs a hundredth of this. */
  private static final int MAX_BOXES = 10_000;

  private static final Set<String> AROUND_HANDLERS = Set.of("moov", "trak", "mdia");

  /** From the start of its content on; a broken one may end before that, or beyond the file. */
  private record Box(String type, long start, long end) {
    boolean fits(long limit) {
      return end >= start && end <= limit;
    }
  }

  private final FileChannel file;

  private Boxes(FileChannel file) {
    this.file = file;
  }

  /**
   * The handlers of the tracks, {@code vide}, {@code soun} and others, of a file from outside: as
   * many as are found before it ends or is broken.
   */
  public static Set<String> handlers(Path mp4) throws IOException {
    Set<String> handlers = new HashSet<>();
    try (FileChannel file = FileChannel.open(mp4, StandardOpenOption.READ)) {
      new Boxes(file).addHandlers(handlers);
    } catch (EOFException e) {
      // Cut short: what was found counts.
    }
    return handlers;
  }

  private void addHandlers(Set<String> handlers) throws IOException {
    long at = 0;
    for (int boxes = 0; boxes < MAX_BOXES && at + 8 <= file.size(); boxes++) {
      Box box = box(at, file.size());
      if (AROUND_HANDLERS.contains(box.type)) {
        at = box.start;
        continue;
      }
      if (box.type.equals("hdlr")) {
        // version and flags, predefined, handler
        handlers.add(text(bytes(box.start + 8, 4)));
      }
      if (!box.fits(file.size())) {
        return;
      }
      at = box.end;
    }
  }

  /** Ends the presentation of each track, in the order of the file, after that many seconds. */
  static void setDurations(Path mp4, List<Double> seconds) throws IOException {
    try (FileChannel file =
        FileChannel.open(mp4, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      new Boxes(file).setDurations(seconds);
    }
  }

  private void setDurations(List<Double> seconds) throws IOException {
    Box video = child(new Box("file", 0, file.size()), "moov");
    Box header = child(video, "mvhd");
    long timescale = timescale(header);
    List<Box> tracks = children(video).stream().filter(b -> b.type.equals("trak")).toList();
    long longest = 0;
    for (int i = 0; i < tracks.size(); i++) {
      long duration = Math.round(seconds.get(i) * timescale);
      longest = Math.max(longest, duration);
      setTrack(tracks.get(i), seconds.get(i), duration);
    }
    // version and flags, creation, modification, timescale, duration
    write(header, wide(header) ? 24 : 16, wide(header), longest);
  }

  private void setTrack(Box track, double seconds, long duration) throws IOException {
    Box header = child(track, "tkhd");
    // version and flags, creation, modification, track id, reserved, duration
    write(header, wide(header) ? 28 : 20, wide(header), duration);
    Optional<Box> edits = find(track, "edts");
    if (edits.isPresent()) {
      Box list = child(edits.get(), "elst");
      int entries = (int) read(list, 4, false);
      if (entries != 1) {
        throw new IOException("the edit list has " + entries + " entries where one is expected");
      }
      write(list, 8, wide(list), duration);
    }
    // Chromium shows the media's own length as the video's, whatever the edit list says
    Box media = child(child(track, "mdia"), "mdhd");
    long shown = Math.round(seconds * timescale(media));
    int at = wide(media) ? 24 : 16;
    write(media, at, wide(media), Math.min(read(media, at, wide(media)), shown));
  }

  private long timescale(Box header) throws IOException {
    return read(header, wide(header) ? 20 : 12, false);
  }

  /** Whether the box's version has times of 64 bits. */
  private boolean wide(Box box) throws IOException {
    return read(box, 0, false) >>> 24 == 1;
  }

  private Box child(Box parent, String type) throws IOException {
    return find(parent, type)
        .orElseThrow(() -> new IOException("no " + type + " box in " + parent.type));
  }

  private Optional<Box> find(Box parent, String type) throws IOException {
    return children(parent).stream().filter(b -> b.type.equals(type)).findFirst();
  }

  private List<Box> children(Box parent) throws IOException {
    List<Box> children = new ArrayList<>();
    long at = parent.start;
    while (at + 8 <= parent.end) {
      Box box = box(at, parent.end);
      if (!box.fits(parent.end)) {
        throw new IOException("the box " + box.type + " has a wrong size");
      }
      children.add(box);
      at = box.end;
    }
    return children;
  }

  private Box box(long at, long limit) throws IOException {
    ByteBuffer head = bytes(at, 8);
    long size = Integer.toUnsignedLong(head.getInt());
    String type = text(head);
    if (size == 1) {
      return new Box(type, at + 16, at + bytes(at + 8, 8).getLong());
    }
    return new Box(type, at + 8, size == 0 ? limit : at + size);
  }

  private static String text(ByteBuffer letters) {
    return StandardCharsets.ISO_8859_1.decode(letters).toString();
  }

  private long read(Box box, long offset, boolean wide) throws IOException {
    ByteBuffer bytes = bytes(box.start + offset, wide ? 8 : 4);
    return wide ? bytes.getLong() : Integer.toUnsignedLong(bytes.getInt());
  }

  private void write(Box box, long offset, boolean wide, long value) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(wide ? 8 : 4);
    if (wide) {
      bytes.putLong(value);
    } else {
      bytes.putInt(Math.toIntExact(value));
    }
    bytes.flip();
    long at = box.start + offset;
    while (bytes.hasRemaining()) {
      at += file.write(bytes, at);
    }
  }

  private ByteBuffer bytes(long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      int read = file.read(bytes, at + bytes.position());
      if (read < 0) {
        throw new EOFException();
      }
    }
    return bytes.flip();
  }
}
