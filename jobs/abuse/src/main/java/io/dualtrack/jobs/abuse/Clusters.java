package io.dualtrack.jobs.abuse;

import io.dualtrack.schemas.AbuseAlert;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * The {@link Detector} as one task: few claims come so far, and a cluster may be made of any of
 * them. Its state is plain objects, written into checkpoints in blocks.
 */
final class Clusters extends ProcessFunction<byte[], AbuseAlert> implements CheckpointedFunction {

  private static final long serialVersionUID = 1;
  private static final int BLOCK = 1 << 20;

  private final AbuseThresholds thresholds;

  private transient Detector detector;
  private transient ListState<byte[]> blocks;
  private transient Counter alerts;

  Clusters(AbuseThresholds thresholds) {
    this.thresholds = thresholds;
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    blocks =
        context
            .getOperatorStateStore()
            .getListState(
                new ListStateDescriptor<>(
                    "detector", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
    detector = new Detector(thresholds);
    List<InputStream> parts = new ArrayList<>();
    for (byte[] block : blocks.get()) {
      parts.add(new ByteArrayInputStream(block));
    }
    if (!parts.isEmpty()) {
      detector.read(new DataInputStream(new SequenceInputStream(Collections.enumeration(parts))));
    }
  }

  @Override
  public void open(OpenContext context) {
    MetricGroup metrics = getRuntimeContext().getMetricGroup();
    alerts = metrics.counter("clusterAlerts");
    metrics.gauge("sharedItems", () -> detector.cohorts());
    metrics.gauge("accountsExamined", () -> detector.portraits());
  }

  @Override
  public void processElement(byte[] claims, Context context, Collector<AbuseAlert> out) {
    new Claims(claims)
        .forEach(
            claim ->
                detector.process(
                    claim,
                    alert -> {
                      alerts.inc();
                      out.collect(alert);
                    }));
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    blocks.clear();
    try (DataOutputStream out = new DataOutputStream(new Blocks(blocks))) {
      detector.write(out);
    }
  }

  /** Cuts what is written into blocks that a checkpoint can hold. */
  private static final class Blocks extends OutputStream {

    private final ListState<byte[]> target;
    private final byte[] block = new byte[BLOCK];
    private int size;

    Blocks(ListState<byte[]> target) {
      this.target = target;
    }

    @Override
    public void write(int value) throws IOException {
      block[size++] = (byte) value;
      if (size == BLOCK) {
        flush();
      }
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      for (int done = 0; done < length; ) {
        int part = Math.min(length - done, BLOCK - size);
        System.arraycopy(bytes, from + done, block, size, part);
        done += part;
        size += part;
        if (size == BLOCK) {
          flush();
        }
      }
    }

    @Override
    public void flush() throws IOException {
      if (size == 0) {
        return;
      }
      try {
        target.add(Arrays.copyOf(block, size));
      } catch (Exception e) {
        throw new IOException("cannot keep a block of the detector's state", e);
      }
      size = 0;
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
