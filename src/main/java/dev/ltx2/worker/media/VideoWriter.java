package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_make_q;
import static org.bytedeco.ffmpeg.global.avutil.av_opt_set;

import dev.ltx2.worker.graphics.Bitmap;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.jspecify.annotations.Nullable;

/** Encodes images to an H.264 MP4 of constant frame rate, one after the other. */
public final class VideoWriter implements AutoCloseable {
  static {
    Ffmpeg.load();
  }

  /** Keeps letters of 12 pixels crisp: above 36 dB PSNR. */
  private static final int MAX_QUANTIZER = 20;

  private final int width;
  private final int height;
  private final Muxer muxer;
  private final Encoder encoder;
  private final FrameConverter pixels = new FrameConverter();
  private final AVFrame yuv;
  private final AVPacket packet = av_packet_alloc();
  private long frames;
  private boolean broken;
  private boolean closed;

  /** Opens {@code file}; sizes are even. */
  public VideoWriter(Path file, int width, int height, int fps) throws MediaException {
    if (width % 2 != 0 || height % 2 != 0) {
      throw new IllegalArgumentException("sizes are even, not " + width + "x" + height);
    }
    this.width = width;
    this.height = height;
    @Nullable Encoder opened = null;
    @Nullable Muxer file264 = null;
    try {
      opened = new Encoder("libopenh264", context -> configure(context, width, height, fps));
      file264 = new Muxer(file, "mp4");
      opened.describe(file264.add());
      file264.start(Map.of());
      yuv = FrameConverter.yuv(width, height);
    } catch (MediaException e) {
      close(opened, file264, null);
      throw e;
    }
    encoder = opened;
    muxer = file264;
  }

  private static void configure(AVCodecContext context, int width, int height, int fps) {
    context.width(width);
    context.height(height);
    context.pix_fmt(AV_PIX_FMT_YUV420P);
    context.time_base(av_make_q(1, fps));
    context.framerate(av_make_q(fps, 1));
    context.gop_size(2 * fps);
    context.color_range(AVCOL_RANGE_MPEG);
    context.colorspace(AVCOL_SPC_BT709);
    context.color_primaries(AVCOL_PRI_BT709);
    context.color_trc(AVCOL_TRC_BT709);
    context.thread_count(2);
    context.bit_rate((long) width * height * fps / 4);
    context.qmin(10);
    context.qmax(MAX_QUANTIZER);
    av_opt_set(context.priv_data(), "rc_mode", "quality", 0);
  }

  /** Adds the next frame, of the video's size; it may be reused afterwards. */
  public void add(Bitmap frame) throws MediaException {
    if (frame.width() != width || frame.height() != height) {
      throw new IllegalArgumentException("a frame is %dx%d".formatted(width, height));
    }
    boolean added = false;
    try {
      pixels.encode(frame, yuv);
      yuv.pts(frames);
      encoder.send(yuv);
      write();
      frames++;
      added = true;
    } finally {
      broken |= !added;
    }
  }

  private void write() throws MediaException {
    while (encoder.receive(packet)) {
      packet.duration(1);
      muxer.write(packet, 0, encoder.timeBase());
    }
  }

  /** Ends the file. A video without frames, or one that failed before, is left as it is. */
  @Override
  public void close() throws MediaException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (frames > 0 && !broken) {
        encoder.send(null);
        write();
        muxer.finish();
      }
    } finally {
      av_packet_free(packet);
      close(encoder, muxer, yuv);
    }
  }

  private void close(@Nullable Encoder encoder, @Nullable Muxer muxer, @Nullable AVFrame yuv) {
    if (encoder != null) {
      encoder.close();
    }
    if (muxer != null) {
      muxer.close();
    }
    if (yuv != null) {
      av_frame_free(yuv);
    }
    pixels.close();
  }
}
