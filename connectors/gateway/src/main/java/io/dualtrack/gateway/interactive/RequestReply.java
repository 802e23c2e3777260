package io.dualtrack.gateway.interactive;

import io.dualtrack.files.NoTextKeyException;
import io.dualtrack.gateway.GatewayContext;
import io.dualtrack.gateway.access.CallerAttributes;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.http.Call;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.TenantLimits;
import io.dualtrack.schemas.Topics;
import io.dualtrack.tracing.Traces;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Request and reply over the topics: a request goes out under an id whose result comes back on this
 * instance's own partition of the results.
 */
final class RequestReply implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RequestReply.class);
  private static final String DEADLINE = "X-Dualtrack-Deadline-Seconds";
  private static final int LONGEST_DEADLINE_SECONDS = 86_400;
  private static final Pattern ADDRESS =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]+");

  /** Of a tenant whose contract names no limit. */
  private static final long USUAL_WAITING = 1_000;

  /** The topology ends what is overdue; beyond this nothing comes any more. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final GatewayContext context;
  private final Producer<String, byte[]> producer;
  private final AvroSerde<InferenceRequest> serde;
  private final RequestIds ids;
  private final Replies replies;
  private final TenantCounts waiting = new TenantCounts();

  RequestReply(GatewayContext context) {
    this.context = context;
    String name = "dualtrack-gateway-" + context.config().instance();
    this.producer = context.kafka().prompt(name + "-requests");
    this.serde = Topics.REQUESTS.serde(context.registry());
    int partitions = producer.partitionsFor(Topics.RESULTS.name()).size();
    int own = RequestIds.partitionOf(context.config().instance(), partitions);
    this.ids = new RequestIds(own, partitions);
    this.replies =
        new Replies(
            context.kafka().ungrouped(name + "-replies"),
            own,
            context.registry(),
            context.traces(),
            name + "-replies",
            context.onFailure());
  }

  void start() {
    replies.start();
  }

  boolean isReady() {
    return replies.isReady();
  }

  int waiting() {
    return replies.size();
  }

  /**
   * A request that was sent.
   *
   * @param outcome its result
   * @param withdraw to be run when its caller has left
   */
  record Asked(CompletableFuture<InferenceResult> outcome, Runnable withdraw) {}

  /**
   * Sends a request.
   *
   * @throws io.dualtrack.gateway.error.ApiException where it is not sent
   */
  Asked ask(Call call, AnswerForm form) {
    TenantCounts.Place place = place(call);
    Span span = begin(call, form);
    InferenceRequest request;
    byte[] record;
    try {
      request = request(call, form);
      record = serde.serialize(Topics.REQUESTS.name(), request);
    } catch (RuntimeException e) {
      place.leave();
      span.end();
      throw e;
    }
    String requestId = request.getRequestId();
    span.setAttribute(Traces.REQUEST, requestId);
    String trace = Traces.parent(span);
    CompletableFuture<InferenceResult> reply = replies.await(requestId);
    Duration patience = Duration.between(request.getSubmittedAt(), request.getDeadline());
    CompletableFuture<InferenceResult> outcome =
        reply
            .orTimeout(patience.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS)
            .handle((result, failure) -> orError(requestId, result, failure));
    outcome.whenComplete(
        (result, failure) -> {
          place.leave();
          end(span, result);
        });
    send(requestId, record, trace, reply);
    return new Asked(outcome, () -> withdraw(request, trace, reply));
  }

  /** Of the caller's trace, where it says which. */
  private Span begin(Call call, AnswerForm form) {
    return context
        .traces()
        .begin("POST " + form.endpoint(), SpanKind.SERVER, call.http().header(Traces.HEADER));
  }

  /**
   * @param result null where none came
   */
  private static void end(Span span, InferenceResult result) {
    if (result == null) {
      span.setAttribute(Traces.OUTCOME, "NONE");
    } else {
      span.setAttribute(Traces.OUTCOME, result.getOutcome().name());
      if (result.getOffering() != null) {
        span.setAttribute(Traces.OFFERING, result.getOffering());
        span.setAttribute(Traces.LANE, result.getLane().name());
      }
    }
    span.end();
  }

  private InferenceRequest request(Call call, AnswerForm form) {
    Instant now = context.clock().instant();
    Duration patience = patience(call);
    String requestId = ids.next();
    InferenceRequest.Builder request =
        InferenceRequest.newBuilder()
            .setRequestId(requestId)
            .setTenant(call.caller().tenantId())
            .setAccount(call.caller().accountId())
            .setReplyKey(requestId)
            .setServiceClass(ServiceClass.INTERACTIVE)
            .setEndpoint(form.endpoint())
            .setAttributes(CallerAttributes.of(call.http().headerMap()))
            .setClientAddress(publicAddress(call.clientAddress()))
            .setSubmittedAt(now)
            .setDeadline(now.plus(patience));
    try {
      context.bodies().put(request, form.body());
    } catch (NoTextKeyException e) {
      throw ApiError.forbidden("text_unreadable", e.getMessage()).toException();
    } catch (IOException e) {
      LOG.error("a body cannot be stored; requestId={}", requestId, e);
      throw ApiError.unavailable("The request's body cannot be stored now.", RETRY_AFTER)
          .toException();
    }
    return request.build();
  }

  /** The same record again, marked: so it takes the same way to where the request waits. */
  private void withdraw(
      InferenceRequest request, String trace, CompletableFuture<InferenceResult> reply) {
    if (!reply.completeExceptionally(new CallerLeftException())) {
      return;
    }
    request.setWithdrawn(true);
    LOG.debug("the caller left; requestId={}", request.getRequestId());
    send(request.getRequestId(), serde.serialize(Topics.REQUESTS.name(), request), trace, reply);
  }

  private static final class CallerLeftException extends Exception {
    private static final long serialVersionUID = 1L;
  }

  private void send(
      String requestId, byte[] value, String trace, CompletableFuture<InferenceResult> reply) {
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>(Topics.REQUESTS.name(), requestId, value);
    Traces.put(record.headers(), trace);
    try {
      producer.send(
          record,
          (written, failure) -> {
            if (failure != null) {
              reply.completeExceptionally(failure);
            }
          });
    } catch (RuntimeException e) {
      reply.completeExceptionally(e);
    }
  }

  private TenantCounts.Place place(Call call) {
    long limit = call.caller().limit(TenantLimits::getMaxWaiting, USUAL_WAITING);
    return waiting
        .enter(call.caller().tenantId(), limit)
        .orElseThrow(
            () ->
                ApiError.tooMany(
                        "too_many_in_flight",
                        "%,d calls wait for their answer, and that is the limit.".formatted(limit),
                        RETRY_AFTER)
                    .toException());
  }

  private static InferenceResult orError(
      String requestId, InferenceResult result, Throwable failure) {
    if (failure == null) {
      return result;
    }
    Throwable cause = failure instanceof CompletionException e ? e.getCause() : failure;
    if (cause instanceof TimeoutException) {
      throw ApiError.timeout("No answer came before the deadline.").toException();
    }
    if (cause instanceof CallerLeftException) {
      throw ApiError.callerLeft().toException();
    }
    LOG.error("a request has no reply; requestId={}", requestId, cause);
    throw ApiError.unavailable("The request may not have been taken.", RETRY_AFTER).toException();
  }

  private Duration patience(Call call) {
    String text = call.http().header(DEADLINE);
    if (text == null) {
      return context.config().answerTimeout();
    }
    try {
      int seconds = Integer.parseInt(text.strip());
      if (seconds >= 1 && seconds <= LONGEST_DEADLINE_SECONDS) {
        return Duration.ofSeconds(seconds);
      }
    } catch (NumberFormatException e) {
      throw wrongDeadline();
    }
    throw wrongDeadline();
  }

  private static RuntimeException wrongDeadline() {
    return ApiError.invalid(
            "invalid_header",
            null,
            "%s must be a whole number of seconds within 1 and %d."
                .formatted(DEADLINE, LONGEST_DEADLINE_SECONDS))
        .toException();
  }

  /** An address within a network says nothing of a country; what is no address is not looked up. */
  private static String publicAddress(String address) {
    if (!ADDRESS.matcher(address).matches()) {
      return null;
    }
    try {
      InetAddress parsed = InetAddress.getByName(address);
      return parsed.isLoopbackAddress()
              || parsed.isSiteLocalAddress()
              || parsed.isLinkLocalAddress()
          ? null
          : address;
    } catch (UnknownHostException e) {
      return null;
    }
  }

  @Override
  public void close() {
    producer.close();
    replies.close();
  }
}
