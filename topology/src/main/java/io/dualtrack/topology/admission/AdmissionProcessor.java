package io.dualtrack.topology.admission;

import io.dualtrack.policy.control.ControlState;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.topology.PromptCommits;
import io.dualtrack.topology.TopologyMeters;
import io.dualtrack.topology.settlement.Ending;
import io.dualtrack.topology.settlement.Outbox;
import io.dualtrack.tracing.Traces;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** First stage: what is no proper request ends here, with a result that says why. */
public final class AdmissionProcessor
    implements Processor<String, InferenceRequest, String, Object> {

  private final String group;
  private final String next;
  private final ControlState control;
  private final TopologyMeters meters;
  private final Traces traces;
  private final PromptCommits commits;
  private final Admission admission = new Admission();
  private ProcessorContext<String, Object> context;
  private Outbox outbox;
  private PromptCommits.OfTask commitsOfTask;

  /**
   * @param next name of the node that admitted requests go to
   */
  public AdmissionProcessor(
      String group,
      String next,
      ControlState control,
      TopologyMeters meters,
      Traces traces,
      PromptCommits commits) {
    this.group = group;
    this.next = next;
    this.control = control;
    this.meters = meters;
    this.traces = traces;
    this.commits = commits;
  }

  @Override
  public void init(ProcessorContext<String, Object> context) {
    this.context = context;
    this.outbox = new Outbox(context, group, meters);
    this.commitsOfTask = commits.of(context);
  }

  @Override
  public void process(Record<String, InferenceRequest> record) {
    InferenceRequest request = record.value();
    Instant now = Instant.ofEpochMilli(context.currentSystemTimeMs());
    if (request == null) {
      outbox.deadLetter(empty(record, now));
      return;
    }
    // What takes a request back is no stage of its way.
    Span span =
        request.getWithdrawn()
            ? Span.getInvalid()
            : traces.begin("decide", SpanKind.CONSUMER, traces.parent(record.headers()));
    try {
      // Tagging and deciding happen within the forward, so they are in the span.
      admit(record, now, span);
    } finally {
      span.end();
    }
    commitsOfTask.processed(request.getServiceClass());
  }

  private void admit(Record<String, InferenceRequest> record, Instant now, Span span) {
    InferenceRequest request = record.value();
    Admission.Verdict verdict = admission.admit(request, control.snapshot(), now);
    if (verdict instanceof Admission.Verdict.Admitted admitted) {
      span.setAttribute(Traces.REQUEST, request.getRequestId());
      context.forward(record.withValue(admitted.request().traced(Traces.parent(span))), next);
    } else if (request.getWithdrawn()) {
      // What could not be admitted when it came has its result, and so has what is late.
      meters.withdrawnInVain();
    } else if (verdict instanceof Admission.Verdict.Invalid invalid) {
      Reason reason = new Reason("built-in:admission", invalid.code(), invalid.text());
      outbox.end(Ending.refused(facts(request, span), invalid.statusCode(), List.of(reason), now));
    } else if (verdict instanceof Admission.Verdict.Late) {
      outbox.end(Ending.expired(facts(request, span), now));
    }
  }

  private static RequestFacts facts(InferenceRequest request, Span span) {
    RequestFacts facts = FactsOf.request(request);
    facts.setTrace(Traces.parent(span));
    return facts;
  }

  private DeadLetter empty(Record<String, InferenceRequest> record, Instant now) {
    RecordMetadata at = context.recordMetadata().orElseThrow();
    return DeadLetters.letter(
        at.topic(),
        at.partition(),
        at.offset(),
        record.timestamp(),
        "empty",
        "the record has no value; send a request",
        now);
  }
}
