package dev.ltx2.worker.request;

import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/** Where an input is; made by {@link AcceptedSources}. */
public sealed interface Source {
  /**
   * On a server.
   *
   * @param url http or https; parsed once, by the library that fetches it: a guard that reads a URL
   *     otherwise than the client does can be got round
   */
  record Http(HttpUrl url) implements Source {}

  /**
   * In the request itself.
   *
   * @param uri {@code data:}, a media type of at most 200 characters or none, a comma, data
   */
  record Data(String uri) implements Source {
    private static final Pattern SYNTAX = Pattern.compile("(?i)data:[^,]{0,200},.", Pattern.DOTALL);

    /** Refuses what is not well-formed. */
    public Data {
      if (!isWellFormed(uri)) {
        throw new IllegalArgumentException("not a data: URI");
      }
    }

    static boolean isWellFormed(String text) {
      return SYNTAX.matcher(text).lookingAt();
    }

    /** Whether it is meant as one, but has no comma, or nothing behind it. */
    static boolean isBroken(String text) {
      return text.regionMatches(true, 0, "data:", 0, 5) && !isWellFormed(text.strip());
    }
  }

  /**
   * On this machine.
   *
   * @param path absolute, or relative to a folder that the reader knows
   */
  record LocalFile(String path) implements Source {}
}
