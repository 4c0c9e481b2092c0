package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.avformat.AVFormatContext.AVFMT_FLAG_BITEXACT;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_closep;
import static org.bytedeco.ffmpeg.global.avformat.avio_open2;
import static org.bytedeco.ffmpeg.global.avutil.av_compare_ts;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVIOInterruptCB;
import org.bytedeco.ffmpeg.avformat.AVOutputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVRational;

/** A file being written: no metadata, no date, no name of the software. */
final class Muxer implements AutoCloseable {
  static {
    Ffmpeg.load();
  }

  private final String failure;
  private final AVFormatContext context = new AVFormatContext(null);
  private final AVIOContext file = new AVIOContext(null);

  /** Creates {@code file} in FFmpeg's format {@code format}. */
  Muxer(Path file, String format) throws MediaException {
    failure = "The file " + file.getFileName() + " cannot be written";
    String url = Ffmpeg.url(file);
    Ffmpeg.check(
        avformat_alloc_output_context2(context, (AVOutputFormat) null, format, url), failure);
    try {
      AVIOInterruptCB interrupt = Ffmpeg.interruptible(context.interrupt_callback());
      Ffmpeg.check(
          avio_open2(this.file, url, AVIO_FLAG_WRITE, interrupt, (AVDictionary) null), failure);
    } catch (MediaException e) {
      close();
      throw e;
    }
    context.pb(this.file);
    context.flags(context.flags() | AVFMT_FLAG_BITEXACT);
  }

  /** Adds a stream; to be described before {@link #start}. */
  AVStream add() throws MediaException {
    return Ffmpeg.check(avformat_new_stream(context, (AVCodec) null), failure);
  }

  void start(Map<String, String> options) throws MediaException {
    AVDictionary dictionary = new AVDictionary(null);
    try {
      options.forEach((key, value) -> av_dict_set(dictionary, key, value, 0));
      Ffmpeg.check(avformat_write_header(context, dictionary), failure);
    } finally {
      av_dict_free(dictionary);
    }
  }

  /** Writes a packet, and empties it. */
  void write(AVPacket packet, int stream, AVRational timeBase) throws MediaException {
    packet.stream_index(stream);
    packet.pos(-1);
    av_packet_rescale_ts(packet, timeBase, context.streams(stream).time_base());
    Ffmpeg.check(av_interleaved_write_frame(context, packet), failure);
  }

  /** Writes whole tracks side by side: always the packet that is decoded first. */
  void write(List<Track> tracks) throws MediaException, InterruptedException {
    List<AVPacket> heads = new ArrayList<>();
    try {
      for (Track track : tracks) {
        AVPacket head = av_packet_alloc();
        heads.add(head);
        track.next(head);
      }
      for (int i = first(tracks, heads); i >= 0; i = first(tracks, heads)) {
        Ffmpeg.obeyInterrupt();
        write(heads.get(i), i, tracks.get(i).timeBase());
        tracks.get(i).next(heads.get(i));
      }
    } finally {
      heads.forEach(packet -> av_packet_free(packet));
    }
  }

  private static int first(List<Track> tracks, List<AVPacket> heads) {
    int first = -1;
    for (int i = 0; i < heads.size(); i++) {
      if (heads.get(i).size() > 0
          && (first < 0
              || av_compare_ts(
                      heads.get(i).dts(),
                      tracks.get(i).timeBase(),
                      heads.get(first).dts(),
                      tracks.get(first).timeBase())
                  < 0)) {
        first = i;
      }
    }
    return first;
  }

  /** Writes the index. */
  void finish() throws MediaException {
    Ffmpeg.check(av_write_trailer(context), failure);
    Ffmpeg.check(avio_closep(file), failure);
  }

  @Override
  public void close() {
    if (!file.isNull()) {
      avio_closep(file);
    }
    avformat_free_context(context);
  }
}
