package io.dualtrack.warehouse;

import io.dualtrack.schemas.Environment;
import io.dualtrack.schemas.KafkaAccess;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * How a warehouse is set up.
 *
 * @param kafka the brokers
 * @param database JDBC URL of PostgreSQL, {@code jdbc:postgresql://host/name}
 * @param user empty where the URL names it
 * @param password empty where none is needed
 * @param archive where Parquet files and exports of closed months go; empty for none
 * @param billingAccount the account that providers bill, as finance calls it
 */
public record WarehouseConfig(
    KafkaAccess kafka,
    String database,
    String user,
    String password,
    Optional<Path> archive,
    String billingAccount) {

  /** Variable of the database's URL; without it there is no warehouse. */
  public static final String DATABASE = "DUALTRACK_WAREHOUSE_URL";

  static final String DEFAULT_BILLING_ACCOUNT = "dualtrack";

  /**
   * Reads what {@link KafkaAccess#fromEnvironment} reads, {@code DUALTRACK_WAREHOUSE_URL}, {@code
   * DUALTRACK_WAREHOUSE_USER}, {@code DUALTRACK_WAREHOUSE_PASSWORD}, {@code DUALTRACK_ARCHIVE} and
   * {@code DUALTRACK_BILLING_ACCOUNT}.
   *
   * @throws IllegalArgumentException if one is missing or wrong; the message names it
   */
  public static WarehouseConfig fromEnvironment(Map<String, String> environment) {
    String database = Environment.required(environment, DATABASE);
    if (!database.startsWith("jdbc:postgresql:")) {
      throw new IllegalArgumentException(DATABASE + " must be jdbc:postgresql://host/database");
    }
    return new WarehouseConfig(
        KafkaAccess.fromEnvironment(environment),
        database,
        environment.getOrDefault("DUALTRACK_WAREHOUSE_USER", ""),
        environment.getOrDefault("DUALTRACK_WAREHOUSE_PASSWORD", ""),
        Optional.ofNullable(environment.get("DUALTRACK_ARCHIVE"))
            .filter(text -> !text.isBlank())
            .map(Path::of),
        environment.getOrDefault("DUALTRACK_BILLING_ACCOUNT", DEFAULT_BILLING_ACCOUNT));
  }

  static URI registry(Map<String, String> environment) {
    return URI.create(Environment.required(environment, "DUALTRACK_REGISTRY"));
  }

  @Override
  public String toString() {
    return "WarehouseConfig[kafka=%s, archive=%s]".formatted(kafka, archive);
  }
}
