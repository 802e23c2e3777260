package io.dualtrack.gateway.files;

import io.dualtrack.files.FileDraft;
import io.dualtrack.files.FileStore;
import io.dualtrack.files.NoTextKeyException;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.records.BatchView;
import io.dualtrack.gateway.records.Owner;
import io.dualtrack.gateway.records.RecordLog;
import io.dualtrack.gateway.records.TenantIndex.Page;
import io.dualtrack.schemas.StoredFile;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.NoSuchFileException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What callers do with files. Another tenant's files do not exist. */
public final class Files {

  private static final Logger LOG = LoggerFactory.getLogger(Files.class);
  private static final Duration FRESH = Duration.ofSeconds(2);
  private static final int ID_BYTES = 16;

  /** Purpose of what a batch reads. */
  public static final String BATCH = "batch";

  /** Purposes of what a batch writes, and of both of Anthropic's, which are no files to callers. */
  public static final String OUTPUT = "batch_output";

  public static final String MESSAGES = "message_batch";

  private final FileStore store;
  private final BatchView view;
  private final RecordLog log;
  private final Duration lifetime;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  /**
   * @param lifetime of a file whose caller says nothing
   */
  public Files(
      FileStore store, BatchView view, RecordLog log, Duration lifetime, InstantSource clock) {
    this.store = store;
    this.view = view;
    this.log = log;
    this.lifetime = lifetime;
    this.clock = clock;
  }

  /** A file that is arriving. Closed without {@link #keep}, nothing of it stays. */
  public final class Upload implements AutoCloseable {
    private final Owner owner;
    private final String id;
    private final FileDraft draft;
    private long bytes;

    private Upload(Owner owner, String id, FileDraft draft) {
      this.owner = owner;
      this.id = id;
      this.draft = draft;
    }

    /**
     * Where its content goes.
     *
     * @param limit bytes at most; more end the call with 413
     */
    public OutputStream sink(long limit) {
      return new OutputStream() {
        @Override
        public void write(int b) throws IOException {
          write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] content, int from, int length) throws IOException {
          bytes += length;
          if (bytes > limit) {
            throw ApiError.tooLarge(limit).toException();
          }
          draft.write(content, from, length);
        }
      };
    }

    /** Makes it the tenant's; durable when this returns. */
    public StoredFile keep(String filename, String purpose, Optional<Duration> expiresAfter)
        throws IOException {
      draft.commit();
      Instant now = clock.instant();
      StoredFile file =
          StoredFile.newBuilder()
              .setFileId(id)
              .setTenant(owner.tenant())
              .setAccount(owner.account())
              .setPurpose(purpose)
              .setFilename(filename)
              .setBytes(bytes)
              .setCreatedAt(now)
              .setExpiresAt(now.plus(expiresAfter.orElse(lifetime)))
              .build();
      log.write(Topics.FILES, id, file);
      return file;
    }

    @Override
    public void close() throws IOException {
      draft.close();
    }
  }

  /**
   * Begins a file.
   *
   * @param maxStored bytes of all files of the tenant, at most
   */
  public Upload upload(Owner owner, long maxStored) throws IOException {
    long stored =
        view.files().all(owner.tenant()).stream()
            .filter(this::exists)
            .mapToLong(StoredFile::getBytes)
            .sum();
    if (stored >= maxStored) {
      throw ApiError.forbidden(
              "storage_quota_exceeded",
              "The tenant's files have %,d bytes, and it may have %,d; delete some."
                  .formatted(stored, maxStored))
          .toException();
    }
    byte[] bytes = new byte[ID_BYTES];
    random.nextBytes(bytes);
    String id = "file-" + HexFormat.of().formatHex(bytes);
    try {
      return new Upload(owner, id, store.of(owner.subject()).begin(id));
    } catch (NoTextKeyException e) {
      throw ApiError.forbidden("text_unreadable", e.getMessage()).toException();
    }
  }

  private boolean exists(StoredFile file) {
    return file.getDeletedAt() == null
        && (file.getExpiresAt() == null || clock.instant().isBefore(file.getExpiresAt()));
  }

  private Optional<StoredFile> find(Owner owner, String id) {
    return view.files().get(owner.tenant(), id).filter(this::exists);
  }

  /**
   * @throws io.dualtrack.gateway.error.ApiException with 404 if it is not the tenant's
   */
  public StoredFile get(Owner owner, String id) {
    return findFresh(owner, id)
        .orElseThrow(() -> ApiError.notFound("No file has this id.").toException());
  }

  private Optional<StoredFile> findFresh(Owner owner, String id) {
    return find(owner, id)
        .or(
            () -> {
              // Another gateway may have stored it just now.
              try {
                view.catchUp(FRESH);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return find(owner, id);
            });
  }

  /**
   * Checks that a batch may read a file.
   *
   * @param purpose that it must have
   * @throws io.dualtrack.gateway.error.ApiException with 400 if not
   */
  public void requireInput(Owner owner, String id, String purpose) {
    StoredFile file =
        findFresh(owner, id)
            .orElseThrow(
                () ->
                    ApiError.invalid("invalid_file", "input_file_id", "No file has this id.")
                        .toException());
    if (!file.getPurpose().equals(purpose)) {
      throw ApiError.invalid(
              "invalid_file", "input_file_id", "The file's purpose must be %s.".formatted(purpose))
          .toException();
    }
  }

  /** Reads a file of the tenant. */
  public InputStream open(StoredFile file) throws IOException {
    try {
      return store.open(file.getFileId(), 0);
    } catch (NoSuchFileException e) {
      LOG.error("a file's content is gone; tenant={} file={}", file.getTenant(), file.getFileId());
      throw ApiError.notFound("The file's content is gone.").toException();
    } catch (NoTextKeyException e) {
      throw ApiError.forbidden("text_unreadable", e.getMessage()).toException();
    }
  }

  /**
   * Part of the tenant's files.
   *
   * @param purpose null for all
   * @param after id behind which it begins; null for none
   */
  public Page<StoredFile> list(
      Owner owner, String purpose, String after, int limit, boolean newestFirst) {
    return view.files()
        .page(
            owner.tenant(),
            after,
            null,
            limit,
            newestFirst,
            file ->
                exists(file)
                    && !file.getPurpose().equals(MESSAGES)
                    && (purpose == null || purpose.equals(file.getPurpose())))
        .orElseThrow(
            () ->
                ApiError.invalid("invalid_cursor", "after", "No file has this id.").toException());
  }

  /**
   * Deletes a file. Not one that a batch still reads.
   *
   * @throws io.dualtrack.gateway.error.ApiException with 404 or 409
   */
  public void delete(Owner owner, String id) throws IOException {
    StoredFile file = get(owner, id);
    if (view.reads(owner.tenant(), id)) {
      throw ApiError.conflict(
              "file_in_use", "A batch that has not ended reads this file; cancel it first.")
          .toException();
    }
    delete(file);
  }

  /** Deletes a file if it is the tenant's and still there. */
  public void deleteIfThere(Owner owner, String id) {
    find(owner, id).ifPresent(this::markDeleted);
  }

  private void delete(StoredFile file) throws IOException {
    markDeleted(file);
    store.delete(file.getFileId());
  }

  private void markDeleted(StoredFile file) {
    log.write(
        Topics.FILES,
        file.getFileId(),
        StoredFile.newBuilder(file).setDeletedAt(clock.instant()).build());
  }
}
