package dev.ltx2.worker.net;

import java.io.IOException;
import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import okhttp3.Connection;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps requests away from addresses that only this machine's network can reach. Literal addresses
 * are checked before anything is sent (OkHttp asks no resolver for them), names when they resolve,
 * and each connection once more by its socket. OkHttp connects to the very addresses {@link
 * #lookup} returns, so a name that changes its answer in between gains nothing.
 */
public final class AddressGuard implements Dns, Interceptor {
  private static final Logger LOG = LoggerFactory.getLogger(AddressGuard.class);
  private static final Pattern NUMBER = Pattern.compile("\\d+|0x[0-9a-f]*");
  private static final int MAX_DIGITS = 20;

  /** IANA's special-purpose registry, and the address Azure serves its metadata from. */
  private static final List<CidrBlock> NOT_PUBLIC_V4 =
      Stream.of(
              "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12",
              "192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15",
              "198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 168.63.129.16/32")
          .flatMap(line -> Stream.of(line.split(" ", -1)))
          .map(CidrBlock::parse)
          .toList();

  /** Everything else, such as ::1, fc00::/7, fe80::/10, ff00::/8 and NAT64, is outside of it. */
  private static final CidrBlock GLOBAL_UNICAST = CidrBlock.parse("2000::/3");

  /** Teredo and other protocols, documentation, 6to4. */
  private static final List<CidrBlock> NOT_PUBLIC_V6 =
      Stream.of("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
          .map(CidrBlock::parse)
          .toList();

  private final Dns resolver;
  private final Predicate<InetAddress> permitted;

  /** Of the names' addresses only those are allowed that pass {@code permitted}. */
  public AddressGuard(Dns resolver, Predicate<InetAddress> permitted) {
    this.resolver = resolver;
    this.permitted = permitted;
  }

  /** For addresses that strangers name; {@code allowPrivate} is for work on one's own machine. */
  public static AddressGuard of(boolean allowPrivate) {
    return new AddressGuard(Dns.SYSTEM, allowPrivate ? _ -> true : AddressGuard::isPublic);
  }

  /** Whether the whole internet can reach it. */
  public static boolean isPublic(InetAddress address) {
    // Java itself turns ::ffff:a.b.c.d into an Inet4Address.
    return address instanceof Inet4Address
        ? NOT_PUBLIC_V4.stream().noneMatch(block -> block.contains(address))
        : GLOBAL_UNICAST.contains(address)
            && NOT_PUBLIC_V6.stream().noneMatch(block -> block.contains(address));
  }

  /**
   * The URL with an address in place of what only looks like a name: {@code 0x7f.1}, {@code
   * 2130706433} and {@code 0177.0.0.01} are all 127.0.0.1 to the system's resolver.
   *
   * @throws AddressException when it is not to be asked
   */
  public HttpUrl checked(HttpUrl url) throws AddressException {
    String host = url.host();
    if (host.contains(":")) {
      InetAddress address = InetAddress.ofLiteral(host);
      check(address, address.getHostAddress());
      return url;
    }
    String[] parts = host.replaceFirst("\\.$", "").toLowerCase(Locale.ROOT).split("\\.", -1);
    if (!NUMBER.matcher(parts[parts.length - 1]).matches()) {
      return url;
    }
    InetAddress address = ipv4(parts);
    check(address, address.getHostAddress());
    return url.newBuilder().host(address.getHostAddress()).build();
  }

  private void check(InetAddress address, String shown) throws AddressException {
    if (!permitted.test(address)) {
      throw new AddressException(notPublic(shown));
    }
  }

  private static String notPublic(String shown) {
    return "the address " + shown + " is not public; set ALLOW_PRIVATE_INPUTS=true for local work";
  }

  /** One to four decimal, octal or hexadecimal parts, the last filling the rest (inet_aton). */
  private static InetAddress ipv4(String[] parts) throws AddressException {
    BigInteger value = BigInteger.ZERO;
    for (int i = 0; i < parts.length; i++) {
      int bits = i < parts.length - 1 ? 8 : 8 * (5 - parts.length);
      BigInteger part = number(parts[i]);
      if (parts.length > 4 || part.bitLength() > bits) {
        throw new AddressException("the URL's host is not a valid address");
      }
      value = value.shiftLeft(bits).add(part);
    }
    byte[] bytes = new byte[4];
    for (int i = 0; i < 4; i++) {
      bytes[i] = value.shiftRight(24 - 8 * i).byteValue();
    }
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  private static BigInteger number(String part) throws AddressException {
    try {
      if (part.length() > MAX_DIGITS || !NUMBER.matcher(part).matches()) {
        throw new NumberFormatException();
      }
      if (part.startsWith("0x")) {
        return part.length() == 2 ? BigInteger.ZERO : new BigInteger(part.substring(2), 16);
      }
      return new BigInteger(part, part.startsWith("0") ? 8 : 10);
    } catch (NumberFormatException e) {
      throw new AddressException("the URL's host is not a valid address");
    }
  }

  /** All addresses of the name, or none: one private address among public ones is a trick. */
  @Override
  public List<InetAddress> lookup(String host) throws UnknownHostException {
    List<InetAddress> addresses = resolved(host);
    if (!addresses.stream().allMatch(permitted)) {
      // The name, not what it resolves to: the client shall not learn the inner network's plan.
      throw new NotPublicException(notPublic("of " + host));
    }
    return addresses;
  }

  /** What is thrown says the name and nothing else: the system's own words differ. */
  private List<InetAddress> resolved(String host) throws UnknownHostException {
    try {
      List<InetAddress> addresses = resolver.lookup(host);
      if (!addresses.isEmpty()) {
        return addresses;
      }
    } catch (UnknownHostException e) {
      LOG.debug("Cannot resolve a name", e);
    }
    throw new UnknownHostException(host);
  }

  /** Runs on each connection, before the request is written to it. */
  @Override
  public Response intercept(Chain chain) throws IOException {
    Connection connection = chain.connection();
    InetAddress peer = connection == null ? null : connection.socket().getInetAddress();
    if (peer == null || !permitted.test(peer)) {
      throw new NotPublicException(notPublic("of " + chain.request().url().host()));
    }
    return chain.proceed(chain.request());
  }

  /** The addresses that share {@code bits} leading bits with {@code network}. */
  private record CidrBlock(InetAddress network, int bits) {
    static CidrBlock parse(String cidr) {
      int slash = cidr.indexOf('/');
      return new CidrBlock(
          InetAddress.ofLiteral(cidr.substring(0, slash)),
          Integer.parseInt(cidr.substring(slash + 1)));
    }

    boolean contains(InetAddress address) {
      byte[] own = network.getAddress();
      byte[] other = address.getAddress();
      int host = own.length * 8 - bits;
      return own.length == other.length
          && new BigInteger(1, own)
              .shiftRight(host)
              .equals(new BigInteger(1, other).shiftRight(host));
    }
  }
}
