package io.dualtrack.topology.settlement;

import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.Flight;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.tracing.Traces;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import java.util.ArrayList;
import java.util.List;

/**
 * One span for each request that waited for a call. The one that the call was made for follows it
 * in one trace; those that joined stay in their own, and say which call it was by a link.
 */
record SettlementSpans(List<Span> spans) implements AutoCloseable {

  /**
   * Begins them, and has each request's result and next order follow its span.
   *
   * @param called the dispatcher's span, W3C traceparent; null where there is none
   */
  static SettlementSpans begin(
      Traces traces,
      Flight flight,
      List<RequestFacts> waiting,
      Completion completion,
      String called) {
    if (!traces.on()) {
      return new SettlementSpans(List.of());
    }
    List<Span> spans = new ArrayList<>(waiting.size());
    for (RequestFacts facts : waiting) {
      boolean leads = called != null && Flights.leads(flight, facts.getRequestId());
      Span span =
          traces
              .begin("settle", SpanKind.CONSUMER, leads ? called : facts.getTrace())
              .setAttribute(Traces.REQUEST, facts.getRequestId())
              .setAttribute(Traces.OFFERING, completion.getOffering())
              .setAttribute(Traces.LANE, completion.getLane().name())
              .setAttribute(Traces.OUTCOME, completion.getStatus().name());
      if (!leads) {
        traces.link(span, called);
      }
      facts.setTrace(Traces.parent(span));
      spans.add(span);
    }
    return new SettlementSpans(spans);
  }

  @Override
  public void close() {
    spans.forEach(Span::end);
  }
}
