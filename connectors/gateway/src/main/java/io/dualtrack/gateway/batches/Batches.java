package io.dualtrack.gateway.batches;

import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.files.Files;
import io.dualtrack.gateway.records.BatchIds;
import io.dualtrack.gateway.records.BatchView;
import io.dualtrack.gateway.records.KnownBatch;
import io.dualtrack.gateway.records.Owner;
import io.dualtrack.gateway.records.RecordLog;
import io.dualtrack.gateway.records.TenantIndex.Page;
import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.BatchCommand;
import io.dualtrack.schemas.BatchCommandKind;
import io.dualtrack.schemas.BatchDialect;
import io.dualtrack.schemas.BatchState;
import io.dualtrack.schemas.BatchStatus;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What callers do with batches. Another tenant's batches do not exist. */
public final class Batches {

  private static final Duration FRESH = Duration.ofSeconds(2);

  /**
   * A batch as it is asked for, its parts checked already.
   *
   * @param content what two creates of the same input have in common: the file's id, or its hash
   * @param idempotencyKey null for none
   * @param outputSeconds how long the output is kept; null for the usual
   * @param clientAddress null where it is not known
   */
  public record NewBatch(
      String inputFile,
      String content,
      String endpoint,
      String completionWindow,
      Duration window,
      Map<String, String> metadata,
      Long outputSeconds,
      String idempotencyKey,
      List<Attribute> attributes,
      String clientAddress,
      BatchDialect dialect) {

    public NewBatch {
      metadata = new TreeMap<>(metadata);
      attributes = List.copyOf(attributes);
    }

    /** What makes two creates the same one. */
    private List<String> sameness(Owner owner) {
      List<String> parts =
          new ArrayList<>(
              List.of(owner.tenant(), content, endpoint, completionWindow, dialect.name()));
      parts.add(String.valueOf(outputSeconds));
      parts.add(attributes.toString());
      metadata.forEach(
          (key, value) -> {
            parts.add(key);
            parts.add(value);
          });
      return parts;
    }
  }

  private final BatchView view;
  private final RecordLog log;
  private final Files files;
  private final BatchSettings settings;
  private final InstantSource clock;

  public Batches(
      BatchView view, RecordLog log, Files files, BatchSettings settings, InstantSource clock) {
    this.view = view;
    this.log = log;
    this.files = files;
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Makes a batch, or finds the one that an earlier call of the same caller has made: by its
   * idempotency key, or, within the window, by all that it says. Two gateways that are asked at the
   * same time make the same id of it.
   *
   * @param maxOpen batches of the tenant that have not ended, at most
   */
  public BatchState create(Owner owner, NewBatch batch, long maxOpen) {
    String fingerprint = BatchIds.fingerprint(batch.sameness(owner));
    Instant now = clock.instant();
    String id;
    if (batch.idempotencyKey() != null) {
      id = id(batch, List.of("key", owner.tenant(), batch.idempotencyKey()));
      Optional<BatchState> earlier = find(owner, id);
      if (earlier.isPresent()) {
        return sameAs(earlier.get(), fingerprint);
      }
    } else {
      Optional<BatchState> earlier = latest(owner, fingerprint, now);
      if (earlier.isPresent() && repeated(earlier.get())) {
        return earlier.get();
      }
      String era = Long.toString(now.toEpochMilli() / settings.repeatWindow().toMillis());
      id = id(batch, List.of("same", fingerprint, earlier.map(BatchState::getBatchId).orElse(era)));
    }
    files.requireInput(
        owner,
        batch.inputFile(),
        batch.dialect() == BatchDialect.ANTHROPIC ? Files.MESSAGES : Files.BATCH);
    requireFew(owner, maxOpen);
    return write(owner, batch, id, fingerprint, now);
  }

  private static String id(NewBatch batch, List<String> seed) {
    return batch.dialect() == BatchDialect.ANTHROPIC
        ? BatchIds.messageBatch(seed)
        : BatchIds.batch(seed);
  }

  private static BatchState sameAs(BatchState earlier, String fingerprint) {
    if (!earlier.getFingerprint().equals(fingerprint)) {
      throw ApiError.invalid(
              "idempotency_key_reused",
              null,
              "This Idempotency-Key was used for another batch; use a new one.")
          .toException();
    }
    return earlier;
  }

  /** The latest batch within the window that was asked for in the same words. */
  private Optional<BatchState> latest(Owner owner, String fingerprint, Instant now) {
    Instant since = now.minus(settings.repeatWindow());
    BatchState latest = null;
    for (KnownBatch known : view.batches().all(owner.tenant())) {
      BatchState state = known.shown();
      if (state.getFingerprint().equals(fingerprint) && state.getCreatedAt().isAfter(since)) {
        latest = state;
      }
    }
    return Optional.ofNullable(latest);
  }

  /** Who asks again after a batch that failed, expired or was cancelled wants another one. */
  private static boolean repeated(BatchState earlier) {
    return switch (earlier.getStatus()) {
      case VALIDATING, IN_PROGRESS, FINALIZING, COMPLETED -> earlier.getDeletedAt() == null;
      case FAILED, EXPIRED, CANCELLING, CANCELLED -> false;
    };
  }

  private void requireFew(Owner owner, long maxOpen) {
    long open = view.batches().all(owner.tenant()).stream().filter(each -> !each.ended()).count();
    if (open >= maxOpen) {
      throw ApiError.tooMany(
              "too_many_batches",
              "The tenant has %,d batches that have not ended, which is the most it may have."
                  .formatted(open),
              Duration.ofMinutes(1))
          .toException();
    }
  }

  private BatchState write(
      Owner owner, NewBatch batch, String id, String fingerprint, Instant now) {
    BatchState state =
        BatchState.newBuilder()
            .setBatchId(id)
            .setTenant(owner.tenant())
            .setAccount(owner.account())
            .setInput(batch.inputFile())
            .setEndpoint(batch.endpoint())
            .setStatus(BatchStatus.VALIDATING)
            .setNextLine(1)
            .setTotal(0)
            .setCompleted(0)
            .setFailed(0)
            .setCreatedAt(now)
            .setDeadline(now.plus(batch.window()))
            .setDialect(batch.dialect())
            .setCompletionWindow(batch.completionWindow())
            .setMetadata(batch.metadata())
            .setOutputExpiresAfterSeconds(batch.outputSeconds())
            .setAttributes(batch.attributes())
            .setClientAddress(batch.clientAddress())
            .setFingerprint(fingerprint)
            .build();
    command(BatchIds.create(id), state, BatchCommandKind.CREATE, now, state);
    return find(owner, id).orElse(state);
  }

  private void command(
      String key, BatchState of, BatchCommandKind kind, Instant now, BatchState batch) {
    log.write(
        Topics.BATCH_COMMANDS,
        key,
        BatchCommand.newBuilder()
            .setBatchId(of.getBatchId())
            .setTenant(of.getTenant())
            .setKind(kind)
            .setAt(now)
            .setBatch(batch)
            .build());
  }

  /**
   * @throws io.dualtrack.gateway.error.ApiException with 404 if it is not the tenant's
   */
  public BatchState get(Owner owner, String id) {
    return find(owner, id)
        .or(
            () -> {
              // Another gateway may have made it just now.
              catchUp();
              return find(owner, id);
            })
        .orElseThrow(() -> ApiError.notFound("No batch has this id.").toException());
  }

  private void catchUp() {
    try {
      view.catchUp(FRESH);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Optional<BatchState> find(Owner owner, String id) {
    return view.batches()
        .get(owner.tenant(), id)
        .map(KnownBatch::shown)
        .filter(state -> state.getDeletedAt() == null);
  }

  /**
   * Part of the tenant's batches, newest first.
   *
   * @param after id behind which it begins; null for none
   * @param before id before which it ends; null for none
   */
  public Page<BatchState> list(
      Owner owner, BatchDialect dialect, String after, String before, int limit) {
    Page<KnownBatch> page =
        view.batches()
            .page(
                owner.tenant(),
                after,
                before,
                limit,
                true,
                known ->
                    known.shown().getDeletedAt() == null && known.shown().getDialect() == dialect)
            .orElseThrow(
                () ->
                    ApiError.invalid(
                            "invalid_cursor",
                            after == null ? "before" : "after",
                            "No batch has this id.")
                        .toException());
    return new Page<>(page.data().stream().map(KnownBatch::shown).toList(), page.more());
  }

  /** Asks to stop a batch; nothing of it is released any more as soon as its owner knows. */
  public BatchState cancel(Owner owner, String id) {
    BatchState batch = get(owner, id);
    switch (batch.getStatus()) {
      case FAILED, COMPLETED, EXPIRED ->
          throw ApiError.conflict(
                  "batch_ended",
                  "The batch cannot be cancelled: it is %s."
                      .formatted(BatchJson.status(batch.getStatus())))
              .toException();
      case CANCELLING, CANCELLED, FINALIZING -> {
        return batch;
      }
      case VALIDATING, IN_PROGRESS ->
          command(BatchIds.cancel(id), batch, BatchCommandKind.CANCEL, clock.instant(), null);
    }
    return get(owner, id);
  }

  /** Removes a batch that has ended, with its files. */
  public void delete(Owner owner, String id) {
    BatchState batch = get(owner, id);
    if (!KnownBatch.ended(batch.getStatus())) {
      throw ApiError.invalid(
              "batch_not_ended", null, "The batch has not ended; cancel it before it is deleted.")
          .toException();
    }
    log.write(
        Topics.BATCHES, id, BatchState.newBuilder(batch).setDeletedAt(clock.instant()).build());
    for (String file :
        new String[] {batch.getInput(), batch.getOutputFile(), batch.getErrorFile()}) {
      if (file != null) {
        files.deleteIfThere(owner, file);
      }
    }
  }
}
