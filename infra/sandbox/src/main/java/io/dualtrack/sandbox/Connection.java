package io.dualtrack.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One caller's connection. A call that waits for its answer holds no thread: its answer is a task
 * of the event loop's clock. Calls that a caller pipelines are answered in their order, so the next
 * one is looked at only when the one before it is answered.
 */
final class Connection extends SimpleChannelInboundHandler<FullHttpRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
  private static final String IDEMPOTENCY_KEY = "idempotency-key";
  private static final String BEHAVIOURS = "/sandbox/behaviours";

  /** What is sent, and how it is counted. */
  private record Answer(int status, long retryAfterSeconds, Body body) {
    Answer(int status, Body body) {
      this(status, 0, body);
    }
  }

  @FunctionalInterface
  private interface Body {
    void write(ByteBufOutputStream out) throws IOException;
  }

  private final Models models;
  private final CallLog log;
  private final ObjectMapper mapper;
  private final OpenAiCall.Reader reader;
  private final Deque<FullHttpRequest> pipelined = new ArrayDeque<>();
  private boolean busy;
  private boolean awaitingAnswer;

  Connection(Models models, CallLog log, ObjectMapper mapper) {
    this.models = models;
    this.log = log;
    this.mapper = mapper;
    this.reader = new OpenAiCall.Reader(mapper);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    if (busy) {
      pipelined.add(request.retain());
    } else {
      handle(context, request);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (awaitingAnswer) {
      awaitingAnswer = false;
      log.abandoned();
    }
    pipelined.forEach(FullHttpRequest::release);
    pipelined.clear();
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.warn("closing a connection; cause={}", cause.toString());
    context.close();
  }

  private void handle(ChannelHandlerContext context, FullHttpRequest request) {
    busy = true;
    boolean keepAlive = HttpUtil.isKeepAlive(request);
    String uri = request.uri();
    int query = uri.indexOf('?');
    String path = query < 0 ? uri : uri.substring(0, query);
    HttpMethod method = request.method();
    try {
      boolean chat = path.equals("/v1/chat/completions");
      if (method.equals(HttpMethod.POST) && (chat || path.equals("/v1/embeddings"))) {
        byte[] body = ByteBufUtil.getBytes(request.content());
        OpenAiCall call = chat ? reader.chat(body) : reader.embeddings(body);
        ServedModel model =
            models.find(call.model()).orElseThrow(() -> OpenAiError.unknownModel(call.model()));
        serve(context, keepAlive, call, model, key(request));
      } else {
        send(context, keepAlive, administer(method, path, request.content()));
      }
    } catch (OpenAiError e) {
      send(context, keepAlive, error(e, 0));
    }
  }

  private void serve(
      ChannelHandlerContext context,
      boolean keepAlive,
      OpenAiCall call,
      ServedModel model,
      long key) {
    log.arrived(call.model(), key);
    awaitingAnswer = true;
    long tokens = call.promptTokens() + call.completionTokens();
    ServedModel.Fate fate = model.fate(call.hash(), tokens, System.nanoTime());
    if (fate instanceof ServedModel.Fate.Hanging) {
      return;
    }
    if (fate instanceof ServedModel.Fate.Limited limited) {
      awaitingAnswer = false;
      log.refused(call.model(), true);
      OpenAiError error = OpenAiError.limited(call.model());
      send(context, keepAlive, error(error, limited.retryAfterSeconds()));
      return;
    }
    Runnable answer =
        () -> {
          if (awaitingAnswer) {
            awaitingAnswer = false;
            finish(context, keepAlive, call, key, fate);
          }
        };
    long delay = model.delayMs(call.hash());
    if (delay == 0) {
      answer.run();
    } else {
      context.executor().schedule(answer, delay, TimeUnit.MILLISECONDS);
    }
  }

  private void finish(
      ChannelHandlerContext context,
      boolean keepAlive,
      OpenAiCall call,
      long key,
      ServedModel.Fate fate) {
    if (fate instanceof ServedModel.Fate.Failed failed) {
      log.refused(call.model(), failed.status() == 429);
      long retryAfter = failed.status() == 429 ? 1 : 0;
      send(context, keepAlive, error(OpenAiError.asSet(failed.status()), retryAfter));
    } else {
      log.answered(call.model(), key);
      send(context, keepAlive, new Answer(200, out -> call.writeAnswer(mapper, out)));
    }
  }

  private Answer administer(HttpMethod method, String path, ByteBuf content) {
    boolean get = method.equals(HttpMethod.GET);
    if (get && path.equals("/v1/models")) {
      return new Answer(200, this::writeModels);
    }
    if (get && path.equals("/sandbox/stats")) {
      return json(log.stats());
    }
    if (method.equals(HttpMethod.DELETE) && path.equals("/sandbox/stats")) {
      log.reset();
      return json(log.stats());
    }
    if (get && path.equals(BEHAVIOURS)) {
      return json(models.behaviours());
    }
    if (method.equals(HttpMethod.PUT) && path.startsWith(BEHAVIOURS + "/")) {
      String model = URLDecoder.decode(path.substring(BEHAVIOURS.length() + 1), UTF_8);
      Behaviour behaviour = behaviour(content);
      models.set(model, behaviour);
      return json(behaviour);
    }
    throw OpenAiError.unknownPath(method.name(), path);
  }

  private Behaviour behaviour(ByteBuf content) {
    try {
      JsonNode tree = mapper.readTree(ByteBufUtil.getBytes(content));
      if (!tree.isObject()) {
        throw OpenAiError.badRequest("invalid_behaviour", null, "A behaviour is a JSON object.");
      }
      return mapper.treeToValue(tree, Behaviour.class);
    } catch (ValueInstantiationException e) {
      throw OpenAiError.badRequest("invalid_behaviour", null, e.getCause().getMessage());
    } catch (JsonProcessingException e) {
      throw OpenAiError.badRequest("invalid_behaviour", null, e.getOriginalMessage());
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory", e);
    }
  }

  private void writeModels(ByteBufOutputStream out) throws IOException {
    try (JsonGenerator json = mapper.createGenerator((OutputStream) out)) {
      json.writeStartObject();
      json.writeStringField("object", "list");
      json.writeArrayFieldStart("data");
      for (String model : models.behaviours().keySet()) {
        json.writeStartObject();
        json.writeStringField("id", model);
        json.writeStringField("object", "model");
        json.writeNumberField("created", OpenAiCall.CREATED);
        json.writeStringField("owned_by", "dualtrack-sandbox");
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }

  private Answer json(Object value) {
    return new Answer(200, out -> mapper.writeValue((OutputStream) out, value));
  }

  private Answer error(OpenAiError error, long retryAfterSeconds) {
    return new Answer(
        error.status(),
        retryAfterSeconds,
        out -> {
          try (JsonGenerator json = mapper.createGenerator((OutputStream) out)) {
            json.writeStartObject();
            json.writeObjectFieldStart("error");
            json.writeStringField("message", error.getMessage());
            json.writeStringField("type", error.type());
            json.writeStringField("param", error.param());
            json.writeStringField("code", error.code());
            json.writeEndObject();
            json.writeEndObject();
          }
        });
  }

  private void send(ChannelHandlerContext context, boolean keepAlive, Answer answer) {
    ByteBuf content = context.alloc().buffer(1_024);
    try (ByteBufOutputStream out = new ByteBufOutputStream(content)) {
      answer.body().write(out);
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory", e);
    }
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(answer.status()), content);
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON)
        .setInt(HttpHeaderNames.CONTENT_LENGTH, content.readableBytes())
        .set(HttpHeaderNames.SERVER, "dualtrack-sandbox");
    if (answer.retryAfterSeconds() > 0) {
      response.headers().set(HttpHeaderNames.RETRY_AFTER, answer.retryAfterSeconds());
    }
    if (!keepAlive) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    var written = context.writeAndFlush(response);
    if (!keepAlive) {
      written.addListener(ChannelFutureListener.CLOSE);
      return;
    }
    busy = false;
    FullHttpRequest next = pipelined.poll();
    if (next != null) {
      // Not handled in this call: a long pipeline of prompt answers would grow the stack.
      busy = true;
      context
          .executor()
          .execute(
              () -> {
                try {
                  handle(context, next);
                } finally {
                  next.release();
                }
              });
    }
  }

  private static long key(FullHttpRequest request) {
    String key = request.headers().get(IDEMPOTENCY_KEY);
    return key == null ? KeySet.NO_KEY : KeySet.entry(Hash.of(key.getBytes(UTF_8)));
  }
}
