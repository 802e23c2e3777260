package io.dualtrack.inference.adapter.stream;

import io.dualtrack.inference.adapter.AnswerStream;
import io.dualtrack.inference.adapter.Metered;
import io.dualtrack.inference.adapter.Verdict;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;

/**
 * An answer of server-sent events. Once an event cannot be read, or says that the provider failed,
 * the rest is not looked at.
 */
public abstract class EventAnswer implements AnswerStream {

  private final ServerSentEvents events = new ServerSentEvents(this::event);
  private Verdict.Failed failure;
  private boolean done;
  private int size;

  /** Takes one event, whose data is UTF-8. */
  protected abstract void take(String event, byte[] data);

  /** The answer after its last event; empty where it is not whole. */
  protected abstract Optional<Verdict> answer(int statusCode);

  @Override
  public final boolean reads(String contentType) {
    return contentType.toLowerCase(Locale.ROOT).startsWith("text/event-stream");
  }

  @Override
  public final void accept(ByteBuffer bytes) {
    events.accept(bytes);
  }

  private void event(String event, byte[] data) {
    if (failure == null && !done) {
      take(event, data);
    }
  }

  /** The provider's mark for the end. */
  protected final void done() {
    done = true;
  }

  protected final boolean isDone() {
    return done;
  }

  /** Characters of the answer that were kept. */
  protected final void kept(int more) {
    size += more;
  }

  protected final void malformed() {
    failure =
        new Verdict.Failed(
            200, "malformed_answer", "an event of the stream cannot be read", true, false, null);
  }

  /** The provider says in the middle of the stream that it failed. */
  protected final void failed(String code, boolean again, boolean holds) {
    failure =
        new Verdict.Failed(
            200, code, "the provider broke the stream off with an error", again, holds, null);
  }

  @Override
  public final int size() {
    return size + events.pending();
  }

  @Override
  public final Verdict ended(int statusCode) {
    if (failure == null) {
      Optional<Verdict> answer = answer(statusCode);
      if (answer.isPresent()) {
        return answer.get();
      }
      failure =
          new Verdict.Failed(
              statusCode,
              "truncated_answer",
              "the stream ended before the answer did",
              true,
              false,
              null);
    }
    return soFar().map(failure::having).orElse(failure);
  }

  /** An estimate is told apart by having no raw object of the provider's. */
  protected static Optional<Metered> estimated(io.dualtrack.schemas.Usage usage) {
    return Optional.of(new Metered(usage, null, "the answer broke off; its usage is an estimate"));
  }
}
