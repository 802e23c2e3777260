package io.dualtrack.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpUtil;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
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
  private static final String JSON = "application/json";

  private final Models models;
  private final CallLog log;
  private final Administration administration;
  private final Batches batches;
  private final boolean keysRequired;
  private final Deque<FullHttpRequest> pipelined = new ArrayDeque<>();
  private boolean busy;
  private boolean awaitingAnswer;
  private CallLog.Target awaited;

  Connection(
      Models models,
      CallLog log,
      Administration administration,
      Batches batches,
      boolean keysRequired) {
    this.models = models;
    this.log = log;
    this.administration = administration;
    this.batches = batches;
    this.keysRequired = keysRequired;
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
      log.abandoned(awaited);
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
    AnswerWriter writer =
        new AnswerWriter(context, HttpUtil.isKeepAlive(request), () -> free(context));
    Route route = Route.of(request.uri());
    try {
      if (Administration.knows(request.uri())) {
        writer.whole(200, JSON, Map.of(), administration.answer(request));
        return;
      }
      checkKey(route, request);
      if (Batches.knows(route)) {
        Batches.Answer answer = batches.answer(route, request);
        if (answer.lost()) {
          writer.reset();
        } else {
          writer.whole(200, answer.contentType(), Map.of(), answer.body());
        }
      } else if (request.method().equals(HttpMethod.POST)) {
        byte[] body = ByteBufUtil.getBytes(request.content());
        Dialect.Call call =
            route.dialect().read(route.path(), route.query(), request.headers(), body);
        ServedModel served =
            models
                .find(route.offering(), call.model())
                .orElseThrow(() -> Refusal.unknownModel(call.model()));
        serve(context, writer, route, call, served, key(request));
      } else if (route.path().equals("/models")) {
        writer.whole(200, JSON, Map.of(), administration.models());
      } else {
        throw Refusal.unknownPath(request.method().name(), route.path());
      }
    } catch (Refusal e) {
      refuse(writer, route, e, 0);
    }
  }

  private void checkKey(Route route, FullHttpRequest request) {
    if (!keysRequired) {
      return;
    }
    String key = request.headers().get(Route.keyHeader(route.dialectName()));
    boolean fits =
        key != null
            && switch (route.dialectName()) {
              case "azure", "anthropic" -> true;
              case "bedrock" ->
                  key.startsWith("AWS4-HMAC-SHA256 Credential=")
                      && key.contains("/bedrock/aws4_request")
                      && key.contains("Signature=")
                      && request.headers().contains("x-amz-date");
              default -> key.startsWith("Bearer ");
            };
    if (!fits) {
      throw route.dialectName().equals("bedrock")
          ? Refusal.of(403, "AccessDeniedException", "Missing Authentication Token")
          : Refusal.unauthorized("You didn't provide an API key.");
    }
  }

  private void serve(
      ChannelHandlerContext context,
      AnswerWriter writer,
      Route route,
      Dialect.Call call,
      ServedModel served,
      long key) {
    CallLog.Target target = new CallLog.Target(route.offering(), call.model());
    log.arrived(target, key);
    awaitingAnswer = true;
    awaited = target;
    Behaviour behaviour = served.behaviour();
    long tokens = call.promptTokens() + call.completionTokens(behaviour.completionTokens());
    ServedModel.Fate fate = served.fate(call.hash(), tokens, System.nanoTime());
    if (fate instanceof ServedModel.Fate.Limited limited) {
      awaitingAnswer = false;
      log.refused(target, true);
      refuse(writer, route, Refusal.limited(call.model()), limited.retryAfterSeconds());
      return;
    }
    if (fate instanceof ServedModel.Fate.Failed failed && failed.fault() == Fault.HANG) {
      return;
    }
    long cached =
        route.dialectName().equals("vllm") ? served.prefixes().tokensHeld(call.prompt()) : 0;
    Runnable answer =
        () -> {
          if (awaitingAnswer) {
            finish(writer, route, call, key, behaviour, fate, cached);
          }
        };
    long delay = behaviour.delayMs(call.hash());
    if (delay == 0) {
      answer.run();
    } else {
      context.executor().schedule(answer, delay, TimeUnit.MILLISECONDS);
    }
  }

  private void finish(
      AnswerWriter writer,
      Route route,
      Dialect.Call call,
      long key,
      Behaviour behaviour,
      ServedModel.Fate fate,
      long cached) {
    CallLog.Target target = new CallLog.Target(route.offering(), call.model());
    if (fate instanceof ServedModel.Fate.Failed failed) {
      boolean asError =
          failed.fault() == Fault.STATUS
              || (failed.fault() == Fault.ERROR_EVENT && !call.streamed());
      if (failed.fault() == Fault.STALL) {
        // It waits on, until its caller goes away.
        writer.broken(failed.fault(), call, call.answer(behaviour, cached));
        return;
      }
      awaitingAnswer = false;
      log.refused(target, asError && behaviour.failureStatus() == 429);
      if (asError) {
        Refusal refusal = Refusal.asSet(behaviour.failureStatus());
        refuse(writer, route, refusal, behaviour.failureRetryAfter());
      } else {
        writer.broken(failed.fault(), call, call.answer(behaviour, cached));
      }
      return;
    }
    Dialect.Body body = call.answer(behaviour, cached);
    if (!call.streamed()) {
      awaitingAnswer = false;
      log.answered(target, key);
      writer.whole(200, body.contentType(), Map.of(), body.parts().get(0));
      return;
    }
    writer.stream(
        body,
        behaviour.chunkMs(),
        () -> {
          awaitingAnswer = false;
          log.answered(target, key);
        });
  }

  private static void refuse(
      AnswerWriter writer, Route route, Refusal refusal, long retryAfterSeconds) {
    Map<String, String> headers = new HashMap<>();
    if (retryAfterSeconds > 0) {
      headers.put("retry-after", Long.toString(retryAfterSeconds));
    }
    if (route.dialectName().equals("bedrock")) {
      headers.put("x-amzn-errortype", BedrockDialect.errorType(refusal));
    }
    writer.whole(refusal.status(), JSON, headers, route.dialect().error(refusal));
  }

  private void free(ChannelHandlerContext context) {
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
