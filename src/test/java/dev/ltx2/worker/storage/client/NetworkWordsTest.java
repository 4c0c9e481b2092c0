package dev.ltx2.worker.storage.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NetworkWordsTest {
  static Stream<Arguments> faults() {
    return Stream.of(
        arguments(
            new UnknownHostException("s3.example.com: Name or service not known"),
            "the host name of the storage was not found: s3.example.com"),
        arguments(new UnknownHostException(), "the host name of the storage was not found"),
        arguments(new ConnectException("x"), "connection refused"),
        arguments(new NoRouteToHostException("x"), "the storage cannot be reached"),
        arguments(new SocketTimeoutException("x"), "no answer in time"),
        arguments(new SSLHandshakeException("x"), "TLS failed"),
        arguments(new SocketException("x"), "the connection broke"));
  }

  /** A library's own exception lies around it. */
  @ParameterizedTest
  @MethodSource("faults")
  void theInnermostCauseIsTold(IOException fault, String words) {
    assertThat(NetworkWords.of(fault)).contains(words);
    assertThat(
            NetworkWords.of(
                new IllegalStateException(new IOException(new SocketException().initCause(fault)))))
        .contains(words);
  }

  @Test
  void whatIsNotTheNetworkHasNoWords() {
    assertThat(NetworkWords.of(new IOException("x"))).isEmpty();
  }

  @Test
  void causesInACircleEnd() {
    IOException one = new IOException("one");
    IOException two = new IOException("two", one);
    one.initCause(two);
    assertThat(NetworkWords.chain(one)).hasSize(20);
  }
}
