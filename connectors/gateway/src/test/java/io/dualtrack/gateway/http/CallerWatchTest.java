package io.dualtrack.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.javalin.Javalin;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CallerWatchTest {

  private final CallerWatch watch = new CallerWatch(Duration.ofMillis(1));
  private final CompletableFuture<Void> answer = new CompletableFuture<>();
  private final AtomicInteger began = new AtomicInteger();
  private final AtomicInteger left = new AtomicInteger();
  private Javalin server;
  private Socket caller;

  @BeforeEach
  void start() throws IOException {
    server =
        Javalin.create(
                javalin -> {
                  javalin.startup.showJavalinBanner = false;
                  javalin.routes.post(
                      "/",
                      context -> {
                        String asked = context.body();
                        context.future(
                            () -> {
                              Runnable over = watch.watch(context.req(), left::incrementAndGet);
                              began.incrementAndGet();
                              return answer.thenRun(
                                  () -> {
                                    over.run();
                                    context.result("you said " + asked);
                                  });
                            });
                      });
                })
            .start("127.0.0.1", 0);
    caller = new Socket("127.0.0.1", server.port());
    caller.setSoTimeout(20_000);
  }

  @AfterEach
  void stop() throws IOException {
    caller.close();
    server.stop();
    watch.close();
  }

  private void ask(String text) throws IOException {
    caller
        .getOutputStream()
        .write(
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(text.length(), text)
                .getBytes(StandardCharsets.UTF_8));
  }

  private void lookedTwice() {
    long before = watch.rounds();
    await().until(() -> watch.rounds() >= before + 2);
  }

  @Test
  void aCallerWhoClosesItsConnectionHasLeft() throws IOException {
    ask("one");
    await().until(() -> began.get() == 1);
    lookedTwice();
    assertThat(left).hasValue(0);

    caller.close();

    await().until(() -> left.get() == 1);
    lookedTwice();
    assertThat(left).hasValue(1);
  }

  @Test
  void aCallerWhoSendsItsNextRequestEarlyIsThereAndIsAnsweredTwice() throws IOException {
    ask("one");
    await().until(() -> began.get() == 1);
    ask("two");
    lookedTwice();
    lookedTwice();

    answer.complete(null);

    StringBuilder all = new StringBuilder();
    byte[] buffer = new byte[1_024];
    while (!all.toString().contains("you said two")) {
      int count = caller.getInputStream().read(buffer);
      assertThat(count).as(all.toString()).isPositive();
      all.append(new String(buffer, 0, count, StandardCharsets.UTF_8));
    }
    assertThat(all).contains("you said one");
    assertThat(left).hasValue(0);
  }

  @Test
  void whoClosesItsConnectionAfterTheAnswerHasNotLeft() throws IOException {
    answer.complete(null);
    ask("one");
    await().until(() -> caller.getInputStream().available() > 0);

    caller.close();
    lookedTwice();

    assertThat(left).hasValue(0);
  }
}
