package dev.ltx2.worker.net;

import java.net.InetAddress;
import java.net.Proxy;
import java.net.Socket;
import javax.net.SocketFactory;
import okhttp3.OkHttpClient;

/** OkHttp as it is used for addresses that strangers name. */
public final class GuardedHttp {
  private GuardedHttp() {}

  /**
   * Asks only whom the guard allows, knows no proxy and follows no redirect: a proxy would connect
   * to any address, and each target of a redirect has to be checked.
   */
  public static OkHttpClient.Builder client(AddressGuard guard) {
    return new OkHttpClient.Builder()
        .dns(guard)
        .addNetworkInterceptor(guard)
        .proxy(Proxy.NO_PROXY)
        .socketFactory(new DirectSockets())
        .followRedirects(false)
        .followSslRedirects(false);
  }

  /** A plain {@code new Socket()} would obey the system property socksProxyHost. */
  private static final class DirectSockets extends SocketFactory {
    @Override
    public Socket createSocket() {
      return new Socket(Proxy.NO_PROXY);
    }

    @Override
    public Socket createSocket(String host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException();
    }
  }
}
