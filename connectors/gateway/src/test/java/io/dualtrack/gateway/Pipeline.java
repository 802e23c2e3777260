package io.dualtrack.gateway;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.Topics;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Stands in for what is behind the topics: takes requests and answers each in turn, unless it is
 * told to hold it. What it does is in the custom_id: {@code fail-…} fails, {@code refuse-…} is
 * refused, everything else is answered.
 */
final class Pipeline implements AutoCloseable {

  private final Cluster cluster;
  private final Cluster.Reader<InferenceRequest> requests;
  private final Map<String, Integer> seen = new HashMap<>();
  private final List<InferenceRequest> held = new ArrayList<>();
  private final Thread thread;
  private Predicate<InferenceRequest> holds = request -> false;
  private volatile boolean closing;

  Pipeline(Cluster cluster) {
    this.cluster = cluster;
    this.requests = cluster.reader(Topics.REQUESTS);
    this.thread = new Thread(this::run, "pipeline");
    thread.start();
  }

  private void run() {
    int done = 0;
    while (!closing) {
      List<InferenceRequest> all = requests.read();
      for (; done < all.size(); done++) {
        take(all.get(done));
      }
      cluster.flush();
    }
  }

  private synchronized void take(InferenceRequest request) {
    seen.merge(request.getRequestId(), 1, Integer::sum);
    if (holds.test(request)) {
      held.add(request);
    } else {
      answer(request);
    }
  }

  synchronized void hold(Predicate<InferenceRequest> which) {
    holds = which;
  }

  /** Answers what was held, newest first, and holds nothing any more. */
  synchronized void release() {
    holds = request -> false;
    for (int i = held.size() - 1; i >= 0; i--) {
      answer(held.get(i));
    }
    held.clear();
  }

  synchronized int held() {
    return held.size();
  }

  /** How often each request of a batch came. */
  synchronized Map<String, Integer> requestsOf(String batch) {
    Map<String, Integer> of = new HashMap<>(seen);
    of.keySet().removeIf(id -> !id.startsWith(batch + "-"));
    return of;
  }

  private void answer(InferenceRequest request) {
    InferenceResult.Builder result =
        InferenceResult.newBuilder()
            .setRequestId(request.getRequestId())
            .setTenant(request.getTenant())
            .setAccount(request.getAccount())
            .setReplyKey(request.getReplyKey())
            .setCustomId(request.getCustomId())
            .setLine(request.getLine())
            .setSource(AnswerSource.NONE)
            .setModel("m")
            .setJurisdictions(List.of())
            .setSubmittedAt(request.getSubmittedAt())
            .setFinishedAt(Instant.now());
    if (request.getCustomId().startsWith("fail-")) {
      result
          .setOutcome(Outcome.FAILED)
          .setStatusCode(400)
          .setErrorCode("provider_error")
          .setBody("{\"error\":{\"message\":\"no\"}}");
    } else if (request.getCustomId().startsWith("refuse-")) {
      result
          .setOutcome(Outcome.REFUSED)
          .setStatusCode(403)
          .setReasons(List.of(new Reason("r", "PROC_REGION", "not in this region")));
    } else {
      result
          .setOutcome(Outcome.ANSWERED)
          .setSource(AnswerSource.PROVIDER)
          .setStatusCode(200)
          .setBody(
              """
              {"id":"chatcmpl-1","object":"chat.completion","model":"m",
               "choices":[{"index":0,"finish_reason":"stop",
                 "message":{"role":"assistant","content":"fine"}}],
               "usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13,
                 "prompt_tokens_details":{"cached_tokens":4}}}
              """);
    }
    cluster.send(Topics.RESULTS, request.getReplyKey(), result.build());
  }

  @Override
  public void close() throws InterruptedException {
    closing = true;
    thread.join();
    requests.close();
  }
}
