package io.dualtrack.audit;

import io.dualtrack.metrics.ProcessMetrics;
import io.dualtrack.schemas.Environment;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/**
 * The sealer as a process. Reads {@code DUALTRACK_BOOTSTRAP}, {@code DUALTRACK_REGISTRY}, {@code
 * DUALTRACK_DATA} (for a copy of the schemas), {@code DUALTRACK_CHECKPOINTS} (the folder of
 * checkpoints), {@code DUALTRACK_AUDIT_KEY} (the file of the key that signs) and what {@link
 * ProcessMetrics} reads. Exit codes: 143 after a clean stop by SIGTERM, 1 after a failure, 2 for
 * settings that are wrong.
 */
public final class AuditMain {

  private static final int FAILED = 1;
  private static final int WRONG_SETTINGS = 2;

  private AuditMain() {}

  public static void main(String[] args) throws InterruptedException {
    Map<String, String> environment = System.getenv();
    try (ProcessMetrics metrics = ProcessMetrics.fromEnvironment(environment)) {
      SealingService service =
          SealingService.start(
              KafkaAccess.fromEnvironment(environment),
              Path.of(Environment.required(environment, "DUALTRACK_CHECKPOINTS")),
              Path.of(Environment.required(environment, "DUALTRACK_AUDIT_KEY")),
              SchemaRegistry.connect(
                  URI.create(Environment.required(environment, "DUALTRACK_REGISTRY")),
                  Path.of(Environment.required(environment, "DUALTRACK_DATA"))
                      .resolve("registry-cache.jsonl")),
              metrics.registry());
      Runtime.getRuntime().addShutdownHook(new Thread(() -> close(service), "stop"));
      metrics.readyWhen(() -> !service.stopped().isDone());
      service.stopped().get();
    } catch (IllegalArgumentException e) {
      exit(WRONG_SETTINGS, e.getMessage());
    } catch (ExecutionException e) {
      exit(FAILED, "nothing is sealed any more: " + e.getCause());
    } catch (IOException | RuntimeException e) {
      exit(FAILED, "cannot seal: " + e.getMessage());
    }
  }

  private static void close(SealingService service) {
    try {
      service.close();
    } catch (IOException e) {
      System.err.println("dualtrack audit: the folder's lock was not released: " + e.getMessage());
    }
  }

  private static void exit(int code, String message) {
    System.err.println("dualtrack audit: " + message);
    System.exit(code);
  }
}
