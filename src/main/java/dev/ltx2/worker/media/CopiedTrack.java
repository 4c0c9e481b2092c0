package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_DISCARD;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_copy;

import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVRational;

/** The first packets of a stream as they are, moved so that its presentation starts at 0. */
final class CopiedTrack implements Track {
  private final StreamReader source;
  private final AVStream stream;
  private final long start;
  private final double seconds;
  private int left;

  /** Takes over {@code source}, of which {@code stream} is the chosen one. */
  CopiedTrack(StreamReader source, AVStream stream, PresentationTimes.Cut cut) {
    this.source = source;
    this.stream = stream;
    left = cut.packets();
    start = cut.start();
    seconds = cut.seconds();
  }

  @Override
  public void describe(AVStream out) throws MediaException {
    Ffmpeg.check(
        avcodec_parameters_copy(out.codecpar(), stream.codecpar()),
        source.role() + " cannot be copied");
    // The tag of another container may not be known in this one; 0 lets the muxer choose
    out.codecpar().codec_tag(0);
    out.time_base(stream.time_base());
    out.avg_frame_rate(stream.avg_frame_rate());
    out.sample_aspect_ratio(stream.sample_aspect_ratio());
  }

  @Override
  public AVRational timeBase() {
    return stream.time_base();
  }

  @Override
  public double seconds() {
    return seconds;
  }

  @Override
  public boolean next(AVPacket packet) throws InterruptedException {
    if (left == 0 || !source.read(packet)) {
      return false;
    }
    left--;
    packet.pts(packet.pts() - start);
    packet.dts(packet.dts() - start);
    packet.flags(packet.flags() & ~AV_PKT_FLAG_DISCARD);
    return true;
  }

  @Override
  public void close() {
    source.close();
  }
}
