package io.dualtrack.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WireTest {

  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final int PATIENCE_MILLIS = 30_000;
  private static final int MOMENT_MILLIS = 200;

  private ServerSocket far;
  private Wire wire;

  @BeforeEach
  void open() throws IOException {
    far = new ServerSocket(0, 10, LOOPBACK);
    wire = Wire.open(0, far.getLocalPort());
  }

  @AfterEach
  void close() throws IOException {
    wire.close();
    far.close();
  }

  @Test
  void bytesGoThroughBothWays() throws IOException {
    try (Socket near = near();
        Socket there = far.accept()) {
      near.getOutputStream().write(1);
      assertThat(there.getInputStream().read()).isEqualTo(1);

      there.getOutputStream().write(2);
      assertThat(near.getInputStream().read()).isEqualTo(2);
    }
  }

  @Test
  void whatIsSentWhileTheWireIsCutComesWhenItIsMended() throws IOException {
    try (Socket near = near();
        Socket there = far.accept()) {
      there.setSoTimeout(MOMENT_MILLIS);
      wire.cut();
      near.getOutputStream().write(1);
      assertThatThrownBy(() -> there.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);

      wire.mend();

      there.setSoTimeout(PATIENCE_MILLIS);
      assertThat(there.getInputStream().read()).isEqualTo(1);
    }
  }

  @Test
  void whoComesWhileTheWireIsCutHearsNothingAndIsLetThroughLater() throws IOException {
    far.setSoTimeout(MOMENT_MILLIS);
    wire.cut();
    try (Socket near = near()) {
      near.getOutputStream().write(1);
      assertThatThrownBy(() -> far.accept()).isInstanceOf(SocketTimeoutException.class);

      wire.mend();

      far.setSoTimeout(PATIENCE_MILLIS);
      try (Socket there = far.accept()) {
        assertThat(there.getInputStream().read()).isEqualTo(1);
      }
    }
  }

  @Test
  void aResetEndsConnectionsAtBothEnds() throws IOException {
    try (Socket near = near();
        Socket there = far.accept()) {
      near.getOutputStream().write(1);
      assertThat(there.getInputStream().read()).isEqualTo(1);

      wire.reset();

      there.setSoTimeout(PATIENCE_MILLIS);
      assertThat(there.getInputStream().read()).isEqualTo(-1);
      assertThat(near.getInputStream().read()).isEqualTo(-1);
    }
  }

  private Socket near() throws IOException {
    Socket near = new Socket(LOOPBACK, wire.port());
    near.setSoTimeout(PATIENCE_MILLIS);
    return near;
  }
}
