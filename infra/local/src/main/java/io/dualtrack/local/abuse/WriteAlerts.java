package io.dualtrack.local.abuse;

import io.dualtrack.schemas.AbuseAlert;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;

/**
 * Writes alerts into a file as they come, so that no log is too long. Use it with a parallelism of
 * 1.
 */
public final class WriteAlerts extends RichMapFunction<AbuseAlert, AbuseAlert> {

  static final String ALERTS = "alerts";

  private static final long serialVersionUID = 1;

  private final String file;

  private transient BufferedWriter out;
  private transient LongCounter alerts;

  public WriteAlerts(Path file) {
    this.file = file.toString();
  }

  @Override
  public void open(OpenContext context) throws IOException {
    out = Files.newBufferedWriter(Path.of(file));
    alerts = new LongCounter();
    getRuntimeContext().addAccumulator(ALERTS, alerts);
  }

  @Override
  public AbuseAlert map(AbuseAlert alert) throws IOException {
    out.write(AlertLine.of(alert));
    out.newLine();
    alerts.add(1);
    return alert;
  }

  @Override
  public void close() throws IOException {
    if (out != null) {
      out.close();
    }
  }
}
