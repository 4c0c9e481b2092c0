package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_DISCARD;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVRational;

/** When a stream's packets are presented, in units of its time base. */
final class PresentationTimes {
  private static final long HIDDEN = Long.MAX_VALUE;

  /** More than the longest video or audio has, by far; 8 bytes each. */
  private static final int MAX_PACKETS = 1_000_000;

  /** In the order of the packets; {@link #HIDDEN} for what the edit list leaves out. */
  private final long[] decodeOrder;

  /** In the order a player shows them, without the hidden ones. */
  private final long[] presented;

  /** When the last of them ends. */
  private final long end;

  /** Seconds a unit. */
  private final double timeBase;

  private PresentationTimes(long[] decodeOrder, long[] presented, long end, double timeBase) {
    this.decodeOrder = decodeOrder;
    this.presented = presented;
    this.end = end;
    this.timeBase = timeBase;
  }

  /** The first packets of a stream, the time that becomes 0, and for how long they are shown. */
  record Cut(int packets, long start, double seconds) {}

  /** Reads the chosen stream to its end, keeping 8 bytes a packet. */
  static PresentationTimes read(StreamReader source, AVStream stream)
      throws MediaException, InterruptedException {
    LongStream.Builder times = LongStream.builder();
    int packets = 0;
    long last = Long.MIN_VALUE;
    long end = 0;
    AVPacket packet = av_packet_alloc();
    try {
      while (source.read(packet)) {
        Ffmpeg.obeyInterrupt();
        if (++packets > MAX_PACKETS) {
          throw new MediaException(source.role() + " has more than a million packets");
        }
        if (packet.pts() == AV_NOPTS_VALUE) {
          throw new MediaException(source.role() + " has packets without a time stamp");
        }
        boolean hidden = (packet.flags() & AV_PKT_FLAG_DISCARD) != 0;
        times.add(hidden ? HIDDEN : packet.pts());
        if (!hidden && packet.pts() > last) {
          last = packet.pts();
          end = last + packet.duration();
        }
        av_packet_unref(packet);
      }
    } finally {
      av_packet_free(packet);
    }
    long[] decodeOrder = times.build().toArray();
    long[] presented = Arrays.stream(decodeOrder).filter(t -> t != HIDDEN).sorted().toArray();
    AVRational base = stream.time_base();
    return new PresentationTimes(decodeOrder, presented, end, (double) base.num() / base.den());
  }

  int frames() {
    return presented.length;
  }

  double seconds() {
    return frames() == 0 ? 0 : (end - presented[0]) * timeBase;
  }

  /** Whether the presentation starts at 0, its first packet up to {@code seconds} before it. */
  boolean startsWithin(double seconds) {
    return frames() > 0 && presented[0] <= 0 && presented[0] * timeBase > -seconds;
  }

  /**
   * The shortest run of packets from the first one on with everything that is presented before
   * frame {@code frames}. Leaving out single packets within the run would take the reference of
   * B-frames away: measured with x264, 16 of 25 cuts came out damaged, without any error.
   */
  Cut cut(int frames) {
    long until = frames < presented.length ? presented[frames] : end;
    return new Cut(packetsBefore(until), presented[0], (until - presented[0]) * timeBase);
  }

  /** The same for what is presented before a time, which need not fall between two packets. */
  Cut cutAfter(double seconds) {
    long until = (long) Math.ceil(seconds / timeBase);
    return new Cut(packetsBefore(until), 0, Math.min(seconds, end * timeBase));
  }

  private int packetsBefore(long until) {
    int packets = decodeOrder.length;
    while (decodeOrder[packets - 1] >= until) {
      packets--;
    }
    return packets;
  }
}
