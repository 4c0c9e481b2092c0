package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_BGR24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;
import static org.bytedeco.ffmpeg.global.swscale.SWS_ACCURATE_RND;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BICUBIC;
import static org.bytedeco.ffmpeg.global.swscale.SWS_FULL_CHR_H_INP;
import static org.bytedeco.ffmpeg.global.swscale.SWS_FULL_CHR_H_INT;
import static org.bytedeco.ffmpeg.global.swscale.sws_alloc_context;
import static org.bytedeco.ffmpeg.global.swscale.sws_free_context;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale_frame;

import dev.ltx2.worker.graphics.Bitmap;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;

/** Converts between FFmpeg's frames and images, which lie alike in memory. */
final class FrameConverter implements AutoCloseable {
  static {
    Ffmpeg.load();
  }

  private final SwsContext scaler = sws_alloc_context();
  private final AVFrame bgr = av_frame_alloc();

  FrameConverter() {
    scaler.flags(SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP);
  }

  /** Allocates a frame that {@link #encode} fills: YUV 4:2:0, BT.709. */
  static AVFrame yuv(int width, int height) throws MediaException {
    AVFrame frame = av_frame_alloc();
    allocate(frame, width, height, AV_PIX_FMT_YUV420P);
    frame.colorspace(AVCOL_SPC_BT709);
    frame.color_range(AVCOL_RANGE_MPEG);
    return frame;
  }

  /** Allocates a frame of 8-bit RGB. */
  static AVFrame rgb(int width, int height) throws MediaException {
    AVFrame frame = av_frame_alloc();
    allocate(frame, width, height, AV_PIX_FMT_RGB24);
    return frame;
  }

  /** Converts a frame into another one's size and colours, by its own colour space. */
  void convert(AVFrame from, AVFrame to) throws MediaException {
    // An Adam7 PNG is marked as interlaced, though its lines are whole; the scaler refuses to mix.
    from.flags(from.flags() & ~AVFrame.AV_FRAME_FLAG_INTERLACED);
    Ffmpeg.check(sws_scale_frame(scaler, to, from), "The image cannot be converted");
  }

  /** Converts a decoded frame by its own colour space; transparency is dropped. */
  Bitmap decode(AVFrame frame) throws MediaException {
    int width = frame.width();
    int height = frame.height();
    allocate(bgr, width, height, AV_PIX_FMT_BGR24);
    convert(frame, bgr);
    Bitmap image = new Bitmap(width, height);
    BytePointer data = bgr.data(0);
    data.capacity((long) bgr.linesize(0) * height);
    for (int y = 0; y < height; y++) {
      data.position((long) y * bgr.linesize(0)).get(image.bgr(), y * width * 3, width * 3);
    }
    return image;
  }

  /** Fills a frame with an image of its size. */
  void encode(Bitmap image, AVFrame frame) throws MediaException {
    int width = image.width();
    int height = image.height();
    allocate(bgr, width, height, AV_PIX_FMT_BGR24);
    BytePointer data = bgr.data(0);
    data.capacity((long) bgr.linesize(0) * height);
    for (int y = 0; y < height; y++) {
      data.position((long) y * bgr.linesize(0)).put(image.bgr(), y * width * 3, width * 3);
    }
    Ffmpeg.check(av_frame_make_writable(frame), "The image cannot be converted");
    convert(bgr, frame);
  }

  private static void allocate(AVFrame frame, int width, int height, int format)
      throws MediaException {
    if (frame.width() == width && frame.height() == height) {
      return;
    }
    av_frame_unref(frame);
    frame.width(width);
    frame.height(height);
    frame.format(format);
    Ffmpeg.check(
        av_frame_get_buffer(frame, 0), "No memory for an image of " + width + "x" + height);
  }

  @Override
  public void close() {
    av_frame_free(bgr);
    sws_free_context(scaler);
  }
}
