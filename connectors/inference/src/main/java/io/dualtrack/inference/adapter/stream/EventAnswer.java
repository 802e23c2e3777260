package io.dualtrack.inference.adapter.stream;

import io.dualtrack.inference.adapter.AnswerStream;
import io.dualtrack.inference.adapter.Metered;
import io.dualtrack.inference.adapter.Verdict;
import io.dualtrack.schemas.Usage;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * An answer that comes as events. Once an event cannot be read, or says that the provider failed,
 * the rest is not looked at.
 */
public abstract class EventAnswer implements AnswerStream {

  private final String mediaType;
  private final Framing events;
  private Verdict.Failed failure;
  private boolean done;
  private int size;

  /** An answer of server-sent events. */
  protected EventAnswer() {
    this("text/event-stream", ServerSentEvents::new);
  }

  protected EventAnswer(String mediaType, Function<Framing.Sink, Framing> framing) {
    this.mediaType = mediaType;
    this.events = framing.apply(this::event);
  }

  /** Takes one event, whose data is UTF-8. */
  protected abstract void take(String event, byte[] data);

  /** The answer after its last event; empty where it is not whole. */
  protected abstract Optional<Verdict> answer(int statusCode);

  @Override
  public final boolean reads(String contentType) {
    return contentType.toLowerCase(Locale.ROOT).startsWith(mediaType);
  }

  @Override
  public final void accept(ByteBuffer bytes) {
    try {
      events.accept(bytes);
    } catch (IllegalArgumentException e) {
      malformed();
      bytes.position(bytes.limit());
    }
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
  protected static Optional<Metered> estimated(Usage usage) {
    return Optional.of(new Metered(usage, null, "the answer broke off; its usage is an estimate"));
  }
}
