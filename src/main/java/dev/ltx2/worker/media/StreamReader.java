package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avformat.AV_DISPOSITION_ATTACHED_PIC;
import static org.bytedeco.ffmpeg.global.avformat.av_find_best_stream;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_find_stream_info;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EINVAL;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;

import java.nio.file.Path;
import java.util.Objects;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.jspecify.annotations.Nullable;

/** A file open for reading, and the packets of the one stream chosen in it. */
final class StreamReader implements AutoCloseable {
  static {
    Ffmpeg.load();
  }

  /**
   * The containers that are opened. A playlist is none of them: FFmpeg would follow what it names,
   * a local file or an address inside the network.
   */
  private static final String CONTAINERS =
      "mp3,wav,w64,flac,ogg,aac,mov,mp4,matroska,webm,aiff,caf,au,ac3,eac3,asf,avi,mpegts,mpeg,amr,"
          + "wv,ape,tta,dts,flv";

  private final AVFormatContext context;
  private final String role;
  private @Nullable AVStream stream;

  private StreamReader(AVFormatContext context, String role) {
    this.context = context;
    this.role = role;
  }

  /** Opens a video or an audio track; {@code role} names it in errors: "The audio file". */
  static StreamReader open(Path file, String role) throws MediaException, InterruptedException {
    AVFormatContext context = Ffmpeg.check(avformat_alloc_context(), role + " cannot be read");
    Ffmpeg.interruptible(context.interrupt_callback());
    AVDictionary options = new AVDictionary(null);
    try {
      av_dict_set(options, "protocol_whitelist", "file", 0);
      av_dict_set(options, "format_whitelist", CONTAINERS, 0);
      int code = avformat_open_input(context, Ffmpeg.url(file), null, options);
      if (code == AVERROR_EINVAL()) {
        // What FFmpeg says of a format that is not on the list
        throw new MediaException(role + " cannot be read: its format is not accepted");
      }
      if (Ffmpeg.isInterrupt(code)) {
        Ffmpeg.obeyInterrupt();
      }
      Ffmpeg.check(code, role + " cannot be read");
    } finally {
      av_dict_free(options);
    }
    StreamReader source = new StreamReader(context, role);
    boolean good = false;
    try {
      source.checkHeaders();
      int code = avformat_find_stream_info(context, (AVDictionary) null);
      Ffmpeg.obeyInterrupt();
      Ffmpeg.check(code, role + " cannot be read");
      good = true;
      return source;
    } finally {
      if (!good) {
        source.close();
      }
    }
  }

  /** FFmpeg decodes for a while to learn what is in the streams: not what is refused anyway. */
  private void checkHeaders() throws MediaException {
    for (int i = 0; i < context.nb_streams(); i++) {
      if (context.streams(i).codecpar().codec_type() == AVMEDIA_TYPE_AUDIO) {
        AudioFrames.check(role, context.streams(i));
      }
    }
  }

  String role() {
    return role;
  }

  /** Chooses the audio; the images beside it (cover art) are not read. */
  AVStream audio() throws MediaException {
    return choose(AVMEDIA_TYPE_AUDIO, "audio");
  }

  /** Chooses the video. */
  AVStream video() throws MediaException {
    return choose(AVMEDIA_TYPE_VIDEO, "video");
  }

  /** Whether there is an audio track to choose. */
  boolean hasAudio() {
    return av_find_best_stream(context, AVMEDIA_TYPE_AUDIO, -1, -1, (AVCodec) null, 0) >= 0;
  }

  /** Whether the container is an MP4 or its like, with edit lists. */
  boolean isMp4() {
    return context.iformat().name().getString().startsWith("mov,mp4");
  }

  private AVStream choose(int type, String name) throws MediaException {
    int index = av_find_best_stream(context, type, -1, -1, (AVCodec) null, 0);
    if (index < 0 || (context.streams(index).disposition() & AV_DISPOSITION_ATTACHED_PIC) != 0) {
      throw new MediaException(role + " has no " + name + " stream");
    }
    stream = context.streams(index);
    return stream;
  }

  /**
   * Reads the next packet of the chosen stream; false at the end of the file, or where a damaged
   * file cannot be read further.
   */
  boolean read(AVPacket packet) throws InterruptedException {
    while (av_read_frame(context, packet) >= 0) {
      if (packet.stream_index() == Objects.requireNonNull(stream).index()) {
        return true;
      }
      av_packet_unref(packet);
      Ffmpeg.obeyInterrupt();
    }
    // An interrupt ends the file early: it is not to look shorter than it is
    Ffmpeg.obeyInterrupt();
    return false;
  }

  @Override
  public void close() {
    avformat_close_input(context);
  }
}
