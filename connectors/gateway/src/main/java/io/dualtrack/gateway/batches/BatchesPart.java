package io.dualtrack.gateway.batches;

import io.dualtrack.files.FileStore;
import io.dualtrack.gateway.GatewayConfig;
import io.dualtrack.gateway.GatewayContext;
import io.dualtrack.gateway.GatewayPart;
import io.dualtrack.gateway.feeder.FairShare;
import io.dualtrack.gateway.files.FileRoutes;
import io.dualtrack.gateway.files.Files;
import io.dualtrack.gateway.http.Routes;
import io.dualtrack.gateway.messages.MessageBatchRoutes;
import io.dualtrack.gateway.records.BatchView;
import io.dualtrack.gateway.records.RecordLog;
import io.dualtrack.schemas.BatchCommand;
import io.dualtrack.schemas.BatchState;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.StoredFile;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantLimits;
import io.dualtrack.schemas.Topics;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Files and batches: endpoints, and the work behind them.
 *
 * <p>{@code DUALTRACK_DATA} is the folder for spools and, unless {@link FileStoreConfig} is told
 * otherwise, for files; {@link BatchSettings} says what else is set.
 */
public final class BatchesPart implements GatewayPart {

  private static final int USUAL_IN_FLIGHT = 1_000;
  private static final int SWEEP_MINUTES = 10;

  private final GatewayContext context;
  private final BatchView view;
  private final RecordLog log;
  private final Files files;
  private final Batches batches;
  private final BatchEngine engine;
  private final Sweep sweep;
  private final ScheduledExecutorService sweeper =
      Executors.newSingleThreadScheduledExecutor(
          task -> new Thread(task, "dualtrack-gateway-sweep"));

  public BatchesPart(GatewayContext context) {
    this.context = context;
    String name = "dualtrack-gateway-" + context.config().instance();
    Path data = Path.of(GatewayConfig.required(context.environment(), "DUALTRACK_DATA"));
    BatchSettings settings =
        BatchSettings.usual(
            data.resolve("spool-" + context.config().instance()), context.environment());
    FileStore store = context.files();
    this.view =
        new BatchView(context.kafka(), context.registry(), name + "-records", context.onFailure());
    this.log = new RecordLog(context.kafka().prompt(name + "-records"), context.registry(), view);
    this.files = new Files(store, view, log, settings.inputLifetime(), context.clock());
    this.batches = new Batches(view, log, files, settings, context.clock());
    this.engine =
        new BatchEngine(
            context.kafka(),
            context.registry(),
            name + "-batches",
            settings,
            store,
            context.bodies(),
            view,
            this::share,
            context.clock(),
            context.meters(),
            context.traces(),
            context.onFailure());
    this.sweep = new Sweep(view, log, store, settings.recordLifetime(), context.clock());
  }

  /** A tenant's part of what is in flight, as its record stands now. */
  private FairShare.Share share(String id) {
    Optional<TenantLimits> limits =
        Optional.ofNullable(context.control().snapshot().tenants().get(id)).map(Tenant::getLimits);
    return new FairShare.Share(
        Math.max(1, limits.map(TenantLimits::getWeight).orElse(1)),
        Math.max(1, limits.map(TenantLimits::getMaxInFlight).orElse(USUAL_IN_FLIGHT)));
  }

  @Override
  public String name() {
    return "files and batches";
  }

  @Override
  public void addTo(Routes routes) {
    new FileRoutes(files).addTo(routes);
    new BatchRoutes(batches).addTo(routes);
    new MessageBatchRoutes(batches, files).addTo(routes);
  }

  @Override
  public void start() {
    SchemaRegistry registry = context.registry();
    registry.register(Topics.REQUESTS.name() + "-value", InferenceRequest.getClassSchema());
    registry.register(Topics.BATCHES.name() + "-value", BatchState.getClassSchema());
    registry.register(Topics.BATCH_COMMANDS.name() + "-value", BatchCommand.getClassSchema());
    registry.register(Topics.FILES.name() + "-value", StoredFile.getClassSchema());
    view.start();
    engine.start();
    sweeper.scheduleWithFixedDelay(sweep, SWEEP_MINUTES, SWEEP_MINUTES, TimeUnit.MINUTES);
  }

  @Override
  public boolean isReady() {
    return view.isReady() && engine.isReady();
  }

  @Override
  public void close() {
    sweeper.shutdownNow();
    engine.close();
    log.close();
    view.close();
  }
}
