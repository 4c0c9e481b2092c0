package dev.ltx2.worker.app;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.util.jar.Attributes;

/** Which build this is, as the manifest of its jar says. */
public record Build(String version, String commit) {
  private static final Build UNPACKAGED = new Build("(not packaged)", "unknown");

  /** The one that runs; classes outside a jar have neither version nor commit. */
  public static Build current() {
    URL here = Build.class.getResource("Build.class");
    try {
      if (here != null && here.openConnection() instanceof JarURLConnection jar) {
        Attributes manifest = jar.getMainAttributes();
        return new Build(
            value(manifest, "Implementation-Version", UNPACKAGED.version),
            value(manifest, "Implementation-Commit", UNPACKAGED.commit));
      }
    } catch (IOException e) {
      // A jar that cannot be read would not have run this either.
    }
    return UNPACKAGED;
  }

  private static String value(Attributes manifest, String name, String fallback) {
    String value = manifest == null ? null : manifest.getValue(name);
    return value == null || value.isBlank() ? fallback : value;
  }
}
