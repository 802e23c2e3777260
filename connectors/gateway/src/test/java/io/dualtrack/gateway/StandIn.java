package io.dualtrack.gateway;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.Topics;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** Stands in for everything behind the topics: takes requests, and writes a result for each. */
public final class StandIn implements AutoCloseable {

  private final Cluster cluster;
  private final List<InferenceRequest> taken = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private volatile Function<InferenceRequest, Optional<InferenceResult>> behaviour =
      request -> Optional.of(answered(request, chat("Hello from the stand-in.")));
  private volatile boolean closing;

  public StandIn(Cluster cluster) {
    this.cluster = cluster;
    this.thread = new Thread(this::work, "stand-in");
    thread.setDaemon(true);
    thread.start();
  }

  /** Empty for a request that is never answered. */
  public void behave(Function<InferenceRequest, Optional<InferenceResult>> with) {
    behaviour = with;
  }

  public List<InferenceRequest> taken() {
    return taken;
  }

  private void work() {
    try (Cluster.Reader<InferenceRequest> requests = cluster.reader(Topics.REQUESTS)) {
      int done = 0;
      while (!closing) {
        List<InferenceRequest> all = requests.read();
        for (; done < all.size(); done++) {
          InferenceRequest request = all.get(done);
          taken.add(request);
          behaviour
              .apply(request)
              .ifPresent(result -> cluster.send(Topics.RESULTS, result.getReplyKey(), result));
        }
        cluster.flush();
      }
    }
  }

  public static InferenceResult answered(InferenceRequest request, String body) {
    return result(request)
        .setOutcome(Outcome.ANSWERED)
        .setSource(AnswerSource.PROVIDER)
        .setStatusCode(200)
        .setBody(body)
        .setOffering("openai-gpt-5.6-sol-eu")
        .setLane(Lane.API)
        .build();
  }

  public static InferenceResult refused(InferenceRequest request, String code, String text) {
    return result(request)
        .setOutcome(Outcome.REFUSED)
        .setStatusCode(403)
        .setErrorCode(code)
        .setReasons(List.of(new Reason("rule", code, text)))
        .build();
  }

  public static InferenceResult.Builder result(InferenceRequest request) {
    return InferenceResult.newBuilder()
        .setRequestId(request.getRequestId())
        .setTenant(request.getTenant())
        .setAccount(request.getAccount())
        .setReplyKey(request.getReplyKey())
        .setCustomId(request.getCustomId())
        .setLine(request.getLine())
        .setSource(AnswerSource.NONE)
        .setModel("gpt-5.6-sol")
        .setJurisdictions(List.of("EU"))
        .setSubmittedAt(request.getSubmittedAt())
        .setFinishedAt(Instant.now());
  }

  public static String chat(String content) {
    return """
        {"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-5.6-sol",\
        "choices":[{"index":0,"message":{"role":"assistant","content":"%s"},\
        "finish_reason":"stop"}],\
        "usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}"""
        .formatted(content);
  }

  @Override
  public void close() throws InterruptedException {
    closing = true;
    thread.join();
  }
}
