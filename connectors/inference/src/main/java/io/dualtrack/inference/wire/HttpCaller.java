package io.dualtrack.inference.wire;

import io.dualtrack.inference.adapter.Caller;
import io.dualtrack.inference.adapter.ProviderRequest;
import io.dualtrack.inference.adapter.Reply;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * HTTP/1.1 with one connection per call in flight, kept and used again.
 *
 * <p>Not HTTP/2: the JDK's client opens one HTTP/2 connection per host and fails calls beyond its
 * stream limit, which providers set near a hundred.
 */
public final class HttpCaller implements Caller, AutoCloseable {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  private static final class NotPermittedException extends RuntimeException {
    NotPermittedException() {
      super("not permitted", null, false, false);
    }
  }

  private static final class TooLargeException extends IOException {
    private final int statusCode;

    TooLargeException(int statusCode) {
      super("answer too large");
      this.statusCode = statusCode;
    }
  }

  private final ExecutorService executor;
  private final ScheduledThreadPoolExecutor timer;
  private final HttpClient client;
  private final int limitBytes;

  /**
   * @param limitBytes longest body of an answer
   * @param name of the threads
   */
  public HttpCaller(int limitBytes, int threads, String name) {
    this.limitBytes = limitBytes;
    this.executor = Executors.newFixedThreadPool(threads, task -> daemon(task, name + "-http"));
    this.timer = new ScheduledThreadPoolExecutor(1, task -> daemon(task, name + "-timeouts"));
    this.timer.setRemoveOnCancelPolicy(true);
    this.client =
        HttpClient.newBuilder()
            .version(Version.HTTP_1_1)
            .followRedirects(Redirect.NEVER)
            .connectTimeout(CONNECT_TIMEOUT)
            .executor(executor)
            .build();
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public Call call(ProviderRequest request, Duration timeout, BooleanSupplier permitted) {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(request.uri()).POST(new GuardedBody(request.body(), permitted));
    request.headers().forEach(builder::header);
    AtomicBoolean timedOut = new AtomicBoolean();
    CompletableFuture<HttpResponse<byte[]>> exchange =
        client.sendAsync(builder.build(), info -> new BoundedBody(limitBytes, info.statusCode()));
    Future<?> alarm =
        timer.schedule(
            () -> {
              timedOut.set(true);
              exchange.cancel(true);
            },
            timeout.toMillis(),
            TimeUnit.MILLISECONDS);
    CompletableFuture<Reply> reply =
        exchange.handle(
            (response, failure) -> {
              alarm.cancel(false);
              return failure == null
                  ? new Reply.Answered(response.statusCode(), response.headers(), response.body())
                  : failed(failure, timedOut.get());
            });
    return new Call(reply, () -> exchange.cancel(true));
  }

  private Reply failed(Throwable failure, boolean timedOut) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof NotPermittedException) {
        return new Reply.NotPermitted();
      }
      if (cause instanceof TooLargeException tooLarge) {
        return new Reply.TooLarge(tooLarge.statusCode, limitBytes);
      }
    }
    if (timedOut) {
      return new Reply.TimedOut();
    }
    Throwable kind =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return new Reply.ConnectionFailed(
        kind instanceof CancellationException ? "aborted" : kind.getClass().getSimpleName());
  }

  @Override
  public void close() {
    timer.shutdownNow();
    executor.shutdownNow();
  }

  /** Asks for permission when the connection stands, before the headers and before the body. */
  private record GuardedBody(BodyPublisher body, BooleanSupplier permitted)
      implements BodyPublisher {

    GuardedBody(byte[] body, BooleanSupplier permitted) {
      this(BodyPublishers.ofByteArray(body), permitted);
    }

    @Override
    public long contentLength() {
      if (!permitted.getAsBoolean()) {
        throw new NotPermittedException();
      }
      return body.contentLength();
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
      body.subscribe(subscriber);
    }
  }

  /** Collects an answer up to a limit, and cancels the rest. */
  private static final class BoundedBody implements BodySubscriber<byte[]> {

    private final int limit;
    private final int statusCode;
    private final CompletableFuture<byte[]> body = new CompletableFuture<>();
    private final List<byte[]> parts = new ArrayList<>();
    private int length;
    private Subscription subscription;

    BoundedBody(int limit, int statusCode) {
      this.limit = limit;
      this.statusCode = statusCode;
    }

    @Override
    public CompletionStage<byte[]> getBody() {
      return body;
    }

    @Override
    public void onSubscribe(Subscription given) {
      subscription = given;
      given.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      for (ByteBuffer buffer : buffers) {
        if (buffer.remaining() > limit - length) {
          parts.clear();
          subscription.cancel();
          body.completeExceptionally(new TooLargeException(statusCode));
          return;
        }
        byte[] part = new byte[buffer.remaining()];
        buffer.get(part);
        parts.add(part);
        length += part.length;
      }
    }

    @Override
    public void onError(Throwable failure) {
      body.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      byte[] whole = new byte[length];
      int at = 0;
      for (byte[] part : parts) {
        System.arraycopy(part, 0, whole, at, part.length);
        at += part.length;
      }
      body.complete(whole);
    }
  }
}
