package io.dualtrack.inference.wire;

import io.dualtrack.inference.adapter.AnswerStream;
import io.dualtrack.inference.adapter.ProviderRequest;
import io.dualtrack.inference.adapter.Reply;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.apache.hc.client5.http.async.AsyncExecRuntime;
import org.apache.hc.client5.http.async.methods.AbstractBinResponseConsumer;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.http.nio.RequestChannel;
import org.apache.hc.core5.http.nio.entity.BasicAsyncEntityProducer;
import org.apache.hc.core5.http.nio.support.BasicRequestProducer;
import org.apache.hc.core5.http.protocol.HttpContext;

/**
 * One call on its way: whoever comes first of the answer, the timeout, an abort and a failure ends
 * it. What comes later is not looked at, so that a reply's partial answer stays as it is.
 */
final class CallOut {

  /** Held with the request's bytes in the connection's buffer; only a bound for one read. */
  private static final int READ_AHEAD = 64 * 1024;

  private static final String CALL = "dualtrack.call";

  private static final class NotPermittedException extends HttpException {
    private static final long serialVersionUID = 1L;

    NotPermittedException() {
      super("not permitted");
    }
  }

  private final ProviderRequest request;
  private final int limitBytes;
  private final BooleanSupplier permitted;
  private final CompletableFuture<Reply> reply = new CompletableFuture<>();

  private Future<?> alarm;
  private Future<?> exchange;
  private AsyncExecRuntime connection;
  private boolean over;
  private boolean released;
  private Reply answer;
  private int statusCode;
  private HttpHeaders headers;
  private AnswerStream stream;
  private byte[] body = new byte[0];
  private int length;

  CallOut(ProviderRequest request, int limitBytes, BooleanSupplier permitted) {
    this.request = request;
    this.limitBytes = limitBytes;
    this.permitted = permitted;
  }

  CompletableFuture<Reply> reply() {
    return reply;
  }

  synchronized void timeOutBy(Future<?> given) {
    alarm = given;
  }

  void timeOut() {
    end(new Reply.TimedOut(partial()), true);
  }

  void abort() {
    end(new Reply.ConnectionFailed("aborted", partial()), true);
  }

  void failed(String cause) {
    end(new Reply.ConnectionFailed(cause, partial()), true);
  }

  /**
   * @param authorization headers that prove that the call may be made
   */
  void start(CloseableHttpAsyncClient client, Map<String, String> authorization) {
    synchronized (this) {
      if (over) {
        return;
      }
    }
    BasicHttpRequest message = new BasicHttpRequest(request.method(), request.uri());
    request.headers().forEach(message::setHeader);
    authorization.forEach(message::setHeader);
    BasicAsyncEntityProducer content =
        request.body().length == 0 ? null : new BasicAsyncEntityProducer(request.body(), null);
    Future<?> started;
    try {
      started =
          client.execute(
              new BasicRequestProducer(message, content) {
                @Override
                public void sendRequest(RequestChannel channel, HttpContext context)
                    throws HttpException, java.io.IOException {
                  // The connection stands and nothing is written yet.
                  if (!permitted.getAsBoolean()) {
                    throw new NotPermittedException();
                  }
                  super.sendRequest(channel, context);
                }
              },
              new Consumer(),
              null,
              context(),
              new Callback());
    } catch (RuntimeException e) {
      failed(e.getClass().getSimpleName());
      return;
    }
    boolean late;
    synchronized (this) {
      exchange = started;
      late = over;
    }
    if (late) {
      close();
    }
  }

  private HttpContext context() {
    HttpContext context = HttpClientContext.create();
    context.setAttribute(CALL, this);
    return context;
  }

  /**
   * Tells a call what it runs on. Its future is not enough to break it off: on a connection that
   * was used before, the client forgets in there what would have to be closed.
   */
  static void tell(HttpContext context, AsyncExecRuntime runtime) {
    if (context.getAttribute(CALL) instanceof CallOut call) {
      boolean late;
      synchronized (call) {
        call.connection = runtime;
        late = call.over;
      }
      if (late) {
        call.close();
      }
    }
  }

  private void close() {
    Future<?> out;
    AsyncExecRuntime runtime;
    synchronized (this) {
      out = exchange;
      runtime = connection;
    }
    if (out != null) {
      out.cancel(true);
    }
    if (runtime != null) {
      runtime.discardEndpoint();
    }
  }

  private synchronized AnswerStream partial() {
    return stream;
  }

  private void end(Reply with, boolean close) {
    synchronized (this) {
      if (over) {
        return;
      }
      over = true;
      body = null;
      if (alarm != null) {
        alarm.cancel(false);
      }
    }
    if (close) {
      close();
    }
    reply.complete(with);
  }

  private synchronized void began(HttpResponse response) {
    statusCode = response.getCode();
    Header type = response.getFirstHeader("Content-Type");
    AnswerStream asked = request.stream().orElse(null);
    if (asked != null
        && statusCode / 100 == 2
        && asked.reads(type == null || type.getValue() == null ? "" : type.getValue())) {
      stream = asked;
      return;
    }
    Map<String, List<String>> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (Header header : response.getHeaders()) {
      all.computeIfAbsent(header.getName(), name -> new ArrayList<>(1)).add(header.getValue());
    }
    headers = HttpHeaders.of(all, (name, value) -> true);
  }

  private void take(ByteBuffer bytes) {
    boolean tooLarge;
    synchronized (this) {
      if (over) {
        bytes.position(bytes.limit());
        return;
      }
      if (stream != null) {
        stream.accept(bytes);
        tooLarge = stream.size() > limitBytes;
      } else {
        tooLarge = bytes.remaining() > limitBytes - length;
        if (!tooLarge) {
          append(bytes);
        }
      }
    }
    if (tooLarge) {
      end(new Reply.TooLarge(statusCode, limitBytes, partial()), true);
      bytes.position(bytes.limit());
    }
  }

  private void append(ByteBuffer bytes) {
    int needed = length + bytes.remaining();
    if (needed > body.length) {
      body = Arrays.copyOf(body, Math.max(needed, Math.min(limitBytes, body.length * 2)));
    }
    int count = bytes.remaining();
    bytes.get(body, length, count);
    length += count;
  }

  private synchronized Reply whole() {
    return stream != null
        ? new Reply.Streamed(statusCode, stream)
        : new Reply.Answered(statusCode, headers, over ? new byte[0] : Arrays.copyOf(body, length));
  }

  /**
   * The client tells of the answer before it gives the connection back; whoever then calls again at
   * once would open another one. So the reply waits for both.
   */
  private void answered(Reply whole) {
    boolean both;
    synchronized (this) {
      answer = whole;
      both = released;
    }
    if (both) {
      end(whole, false);
    }
  }

  private void released() {
    Reply known;
    synchronized (this) {
      released = true;
      known = answer;
    }
    if (known != null) {
      end(known, false);
    }
  }

  private final class Consumer extends AbstractBinResponseConsumer<Reply> {

    @Override
    protected void start(HttpResponse response, ContentType contentType) {
      began(response);
    }

    @Override
    protected int capacityIncrement() {
      return READ_AHEAD;
    }

    @Override
    protected void data(ByteBuffer bytes, boolean endOfStream) {
      take(bytes);
    }

    @Override
    protected Reply buildResult() {
      return whole();
    }

    @Override
    public void releaseResources() {
      released();
    }
  }

  private final class Callback implements FutureCallback<Reply> {

    @Override
    public void completed(Reply whole) {
      answered(whole);
    }

    @Override
    public void failed(Exception cause) {
      end(
          cause instanceof NotPermittedException
              ? new Reply.NotPermitted()
              : new Reply.ConnectionFailed(Trust.kind(cause), partial()),
          false);
    }

    @Override
    public void cancelled() {
      CallOut.this.failed("aborted");
    }
  }
}
