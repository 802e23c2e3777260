package io.dualtrack.warehouse;

import io.dualtrack.metrics.ProcessMetrics;
import io.dualtrack.schemas.Environment;
import io.dualtrack.schemas.SchemaRegistry;
import java.net.URI;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/**
 * The warehouse as a process. Reads what {@link WarehouseConfig#fromEnvironment} says, {@code
 * DUALTRACK_REGISTRY}, {@code DUALTRACK_DATA} and what {@link ProcessMetrics} reads. Exit codes:
 * 143 after a clean stop by SIGTERM, 1 after a failure, 2 for settings that are wrong.
 */
public final class WarehouseMain {

  private static final int FAILED = 1;
  private static final int WRONG_SETTINGS = 2;

  private WarehouseMain() {}

  public static void main(String[] args) throws InterruptedException {
    Map<String, String> environment = System.getenv();
    try (ProcessMetrics metrics = ProcessMetrics.fromEnvironment(environment)) {
      WarehouseConfig config = WarehouseConfig.fromEnvironment(environment);
      URI registry = WarehouseConfig.registry(environment);
      Path data = Path.of(Environment.required(environment, "DUALTRACK_DATA"));
      WarehouseService service =
          new WarehouseService(
              config,
              SchemaRegistry.connect(registry, data.resolve("registry-cache.jsonl")),
              metrics.registry());
      service.start();
      Runtime.getRuntime().addShutdownHook(new Thread(service::close, "stop"));
      metrics.readyWhen(() -> !service.stopped().isDone());
      service.stopped().get();
    } catch (IllegalArgumentException e) {
      exit(WRONG_SETTINGS, e.getMessage());
    } catch (ExecutionException e) {
      exit(FAILED, "nothing is copied any more: " + e.getCause().getMessage());
    } catch (SQLException | RuntimeException e) {
      exit(FAILED, "cannot start: " + e.getMessage());
    }
  }

  private static void exit(int code, String message) {
    System.err.println("dualtrack warehouse: " + message);
    System.exit(code);
  }
}
