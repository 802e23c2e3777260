package io.dualtrack.inference.adapter.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerSentEventsTest {

  private static final List<String> EVENTS = List.of("=one", "named=two\nlines", "=thrée");

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n", "\r"})
  void theEventsAreTheSameHoweverTheBodyIsCut(String endOfLine) {
    byte[] body =
        ": comment\ndata: one\n\nevent: named\ndata:two\ndata: lines\n\nid: 7\ndata: thrée\n\n"
            .replace("\n", endOfLine)
            .getBytes(StandardCharsets.UTF_8);
    for (int length = 1; length <= body.length; length++) {
      List<String> seen = new ArrayList<>();
      ServerSentEvents events =
          new ServerSentEvents(
              (event, data) -> seen.add(event + "=" + new String(data, StandardCharsets.UTF_8)));

      for (int from = 0; from < body.length; from += length) {
        events.accept(ByteBuffer.wrap(body, from, Math.min(length, body.length - from)));
      }

      assertThat(seen).as("in pieces of %d bytes", length).isEqualTo(EVENTS);
      assertThat(events.pending()).isZero();
    }
  }
}
