package io.dualtrack.inference.flow;

import io.dualtrack.inference.adapter.Metered;
import io.dualtrack.inference.adapter.ProviderRequest;
import io.dualtrack.inference.adapter.Verdict;
import io.dualtrack.inference.prefix.Prefix;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Usage;
import io.opentelemetry.api.trace.Span;
import java.time.Instant;
import org.apache.kafka.common.TopicPartition;

/** An order on its way through the flow. The flow's thread alone changes what is not volatile. */
public final class Work {

  private final DispatchOrder order;
  private final TopicPartition partition;
  private final long offset;
  private final boolean repeated;
  private final Instant takenAt;
  private final Span span;

  private volatile boolean forgotten;
  private volatile boolean withdrawn;
  private volatile int calls;
  private DispatchOrder whole;
  private ProviderRequest request;
  private Offering preparedFor;
  private Verdict.Failed lastFailure;
  private Usage spent;
  private Prefix prefix = Prefix.NONE;
  private boolean waitCounted;

  /** One that is not traced. */
  public Work(
      DispatchOrder order,
      TopicPartition partition,
      long offset,
      boolean repeated,
      Instant takenAt) {
    this(order, partition, offset, repeated, takenAt, Span.getInvalid());
  }

  /**
   * @param repeated whether an earlier process may have sent the order
   * @param takenAt when this process took it
   * @param span of the order in this process; the flow ends it
   */
  public Work(
      DispatchOrder order,
      TopicPartition partition,
      long offset,
      boolean repeated,
      Instant takenAt,
      Span span) {
    this.order = order;
    this.partition = partition;
    this.offset = offset;
    this.repeated = repeated;
    this.takenAt = takenAt;
    this.span = span;
  }

  /** From when the order was taken until its end. */
  public Span span() {
    return span;
  }

  public DispatchOrder order() {
    return order;
  }

  public TopicPartition partition() {
    return partition;
  }

  public long offset() {
    return offset;
  }

  public boolean repeated() {
    return repeated;
  }

  /** What its prompt may share with others; nothing where that does not matter. */
  Prefix prefix() {
    return prefix;
  }

  void startsWith(Prefix known) {
    prefix = known;
  }

  Instant takenAt() {
    return takenAt;
  }

  /** Whether the order belongs to somebody else now, so that its completion is discarded. */
  public boolean forgotten() {
    return forgotten;
  }

  void forget() {
    forgotten = true;
  }

  /** Whether nobody waits for the order any more. */
  boolean withdrawn() {
    return withdrawn;
  }

  void withdraw() {
    withdrawn = true;
  }

  /** Whether a part of the body is in a file and was not read yet. */
  boolean lacksBody() {
    return whole == null && order.getBodyFile() != null;
  }

  void complete(DispatchOrder withBody) {
    whole = withBody;
  }

  /** The order with all of its body, once that was read. */
  DispatchOrder whole() {
    return whole == null ? order : whole;
  }

  /** Calls written to the provider by this process. */
  public int calls() {
    return calls;
  }

  void changeCalls(int by) {
    calls = calls + by;
  }

  /** Whether {@link #request} fits an offering as it is now. */
  boolean isPreparedFor(Offering offering) {
    return preparedFor == offering;
  }

  ProviderRequest request() {
    return request;
  }

  void prepared(Offering offering, ProviderRequest made) {
    preparedFor = offering;
    request = made;
  }

  /** Null where no call failed. */
  Verdict.Failed lastFailure() {
    return lastFailure;
  }

  void failed(Verdict.Failed failure) {
    lastFailure = failure;
    if (failure.spent() != null) {
      spent = with(failure.spent().usage());
    }
  }

  /** Null where the calls that failed had used nothing. */
  Usage spent() {
    return spent;
  }

  /**
   * What all calls of the order have used.
   *
   * @param last of the call that was answered; null where it is not known
   * @return null where nothing is known
   */
  Usage with(Usage last) {
    return spent == null ? last : last == null ? spent : Metered.sum(spent, last);
  }

  /** True the first time that the order has to wait for a quota. */
  boolean countWait() {
    boolean first = !waitCounted;
    waitCounted = true;
    return first;
  }
}
