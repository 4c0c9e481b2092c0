package dev.ltx2.worker.media;

import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVRational;

/** The packets of one track of a file to be written, in decode order. */
interface Track extends AutoCloseable {
  /** Sets codec and time base. */
  void describe(AVStream out) throws MediaException;

  /** The time base of the packets. */
  AVRational timeBase();

  /** How long the track is presented. */
  double seconds();

  /** Produces the next packet, whose presentation starts at 0; false at the end. */
  boolean next(AVPacket packet) throws MediaException, InterruptedException;

  @Override
  void close();
}
