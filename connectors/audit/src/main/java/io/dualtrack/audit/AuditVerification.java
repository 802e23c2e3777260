package io.dualtrack.audit;

import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.TrustedKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/** Proves the audit trail of a cluster whole, or says what is not. */
public final class AuditVerification {

  private AuditVerification() {}

  /**
   * Reads the whole trail and all checkpoints.
   *
   * @param checkpoints folder of the checkpoints
   * @param publicKeys PEM file of the keys whose checkpoints count
   * @throws IOException if checkpoints or keys cannot be read
   * @throws org.apache.kafka.common.KafkaException if the cluster cannot be asked
   */
  public static Verdict verify(KafkaAccess kafka, Path checkpoints, Path publicKeys, Instant now)
      throws IOException {
    if (!Files.isDirectory(checkpoints)) {
      throw new IOException("%s is no folder of checkpoints".formatted(checkpoints));
    }
    TrustedKeys keys = TrustedKeys.read(publicKeys);
    try (KafkaTrail trail = new KafkaTrail(kafka, SealingService.TOPICS)) {
      TrailVerifier verifier = new TrailVerifier(trail, keys, Topics.AUDIT.retention(), now);
      CheckpointFolder.read(checkpoints, verifier);
      return verifier.finish();
    }
  }
}
