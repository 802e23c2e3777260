package io.dualtrack.local.batches;

import io.dualtrack.jobs.runtime.TestKafka;
import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.TokenClass;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands where the topology, the dispatchers and the cost job are: answers each request at once.
 */
final class AnsweringStack implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(50);

  private final TestKafka kafka;
  private final SchemaRegistry registry;
  private final int resultsEach;
  private final int answersAtOnce;
  private final List<InferenceRequest> held = new ArrayList<>();
  private final TopicScan<InferenceRequest> requests;
  private final Thread thread = new Thread(this::answer, "answering");
  private final AtomicInteger received = new AtomicInteger();
  private volatile boolean holding = true;
  private volatile String replyKey;
  private volatile boolean stopping;

  /**
   * @param resultsEach results written for each request; more than one is the fault that is tested
   * @param answersAtOnce requests that are answered as they come; later ones when {@link #release}
   *     says so
   */
  AnsweringStack(TestKafka kafka, SchemaRegistry registry, int resultsEach, int answersAtOnce) {
    this.kafka = kafka;
    this.registry = registry;
    this.resultsEach = resultsEach;
    this.answersAtOnce = answersAtOnce;
    this.requests = new TopicScan<>(KafkaAccess.at(kafka.bootstrap()), registry, Topics.REQUESTS);
    requests.from(requests.ends());
    thread.start();
  }

  /** Requests that came. */
  int received() {
    return received.get();
  }

  /** The batch of the last request. */
  String batch() {
    return replyKey;
  }

  /** Answers what is held, and all that comes. */
  void release() {
    holding = false;
  }

  private void answer() {
    while (!stopping) {
      List<InferenceRequest> batch = new ArrayList<>();
      requests.poll(POLL, key -> true, (key, request) -> batch.add(request));
      for (InferenceRequest request : batch) {
        replyKey = request.getReplyKey();
        if (received.incrementAndGet() > answersAtOnce && holding) {
          held.add(request);
        } else {
          answer(request);
        }
      }
      if (!holding) {
        held.forEach(this::answer);
        held.clear();
      }
    }
  }

  private void answer(InferenceRequest request) {
    InferenceResult result =
        InferenceResult.newBuilder()
            .setRequestId(request.getRequestId())
            .setTenant(request.getTenant())
            .setAccount(request.getAccount())
            .setReplyKey(request.getReplyKey())
            .setCustomId(request.getCustomId())
            .setLine(request.getLine())
            .setOutcome(Outcome.ANSWERED)
            .setSource(AnswerSource.PROVIDER)
            .setStatusCode(200)
            .setBody(request.getBody())
            .setModel("llama")
            .setOffering("home")
            .setLane(Lane.LOCAL)
            .setJurisdictions(List.of("EU"))
            .setSubmittedAt(request.getSubmittedAt())
            .setFinishedAt(Instant.now())
            .build();
    Completion completion =
        Completion.newBuilder()
            .setOrderId("order-of-" + request.getRequestId())
            .setCacheKey("key")
            .setFlight("key")
            .setRequestId(request.getRequestId())
            .setOffering("home")
            .setLane(Lane.LOCAL)
            .setStatus(CompletionStatus.ANSWERED)
            .setStatusCode(200)
            .setCalls(1)
            .setStartedAt(Instant.now())
            .setFinishedAt(Instant.now())
            .build();
    kafka.send(Topics.COMPLETIONS, registry, Completion::getCacheKey, List.of(completion));
    kafka.send(Topics.COST_LEDGER, registry, LedgerEntry::getTenant, List.of(row(request)));
    kafka.send(
        Topics.RESULTS,
        registry,
        InferenceResult::getReplyKey,
        Collections.nCopies(resultsEach, result));
  }

  private static LedgerEntry row(InferenceRequest request) {
    LedgerEntry row = Results.row(1, TokenClass.OUTPUT, "0.000000000000000001", 1);
    row.setEntryId(request.getRequestId() + "/OUTPUT");
    row.setExchangeId(request.getRequestId());
    row.setRequestId(request.getRequestId());
    row.setReplyKey(request.getReplyKey());
    row.setTenant(request.getTenant());
    row.setCost(row.getCost().setScale(18));
    row.setSaved(row.getSaved().setScale(18));
    return row;
  }

  @Override
  public void close() throws InterruptedException {
    stopping = true;
    thread.join();
    requests.close();
  }
}
