package io.dualtrack.local.stack;

import io.dualtrack.audit.SealingService;
import io.dualtrack.gateway.GatewayService;
import io.dualtrack.inference.DispatcherService;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.topology.TopologyService;
import io.dualtrack.warehouse.WarehouseService;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Starts the services of a stack, in its JVM or in processes of their own. */
final class ServiceStarts {

  private static final String SEALER = "audit sealer";

  private final Starter starter;
  private final Parts parts;
  private final Services services;
  private final SchemaRegistry schemas;
  private final PrometheusMeterRegistry meters;
  private final Map<String, ServiceProcess> processes = new ConcurrentHashMap<>();

  ServiceStarts(
      Starter starter,
      Parts parts,
      Services services,
      SchemaRegistry schemas,
      PrometheusMeterRegistry meters) {
    this.starter = starter;
    this.parts = parts;
    this.services = services;
    this.schemas = schemas;
    this.meters = meters;
  }

  /**
   * Starts all of them.
   *
   * @param gateway that listens already; empty where it runs on its own
   * @return each completes when it works
   */
  List<CompletableFuture<?>> start(
      StackOptions.Services where,
      Optional<GatewayService> gateway,
      KafkaAccess kafka,
      DataFolder data) {
    List<CompletableFuture<?>> working = new ArrayList<>();
    working.add(startSealer(kafka, data));
    if (gateway.isPresent()) {
      working.add(startGateway(gateway.get()));
    } else {
      ServiceProcess first = services.gatewayProcess();
      working.add(startProcess(Shutdown.Stage.GATEWAY, first));
      if (where.twice()) {
        working.add(startProcess(Shutdown.Stage.GATEWAY, services.secondGateway(first)));
      }
    }
    services
        .warehouse(schemas, meters)
        .ifPresent(warehouse -> working.add(startWarehouse(warehouse)));
    switch (where) {
      case EMBEDDED, GATEWAY_APART -> {
        working.add(startTopology());
        for (Lane lane : Lane.values()) {
          working.add(startDispatcher(lane));
        }
      }
      case PROCESSES, ALL_APART, ALL_TWICE -> {
        List<ServiceProcess> firsts = new ArrayList<>();
        firsts.add(services.topologyProcess(where.twice() ? 1 : 0));
        for (Lane lane : Lane.values()) {
          firsts.add(services.dispatcherProcess(lane));
        }
        for (ServiceProcess first : firsts) {
          working.add(startProcess(Shutdown.Stage.SERVICES, first));
          if (where.twice()) {
            working.add(startProcess(Shutdown.Stage.SERVICES, first.another(1)));
          }
        }
      }
    }
    return working;
  }

  /** Those that run on their own, by name. */
  Map<String, ServiceProcess> processes() {
    return Map.copyOf(processes);
  }

  private CompletableFuture<?> startTopology() {
    return starter.start(
        Services.TOPOLOGY,
        Shutdown.Stage.SERVICES,
        () -> {
          TopologyService topology = services.topology(schemas, meters);
          try {
            topology.start();
            Services.await(Services.TOPOLOGY, topology.ready());
          } catch (Exception e) {
            topology.close();
            throw e;
          }
          parts.watch(Services.TOPOLOGY, topology.stopped());
          return topology;
        });
  }

  private CompletableFuture<?> startDispatcher(Lane lane) {
    String name = Services.dispatcher(lane);
    return starter.start(
        name,
        Shutdown.Stage.SERVICES,
        () -> {
          DispatcherService dispatcher = services.dispatcher(lane, schemas, meters);
          try {
            dispatcher.start();
            Services.await(name, dispatcher.ready());
          } catch (Exception e) {
            dispatcher.close();
            throw e;
          }
          parts.watch(name, dispatcher.stopped());
          return dispatcher;
        });
  }

  private CompletableFuture<?> startGateway(GatewayService gateway) {
    return starter.start(
        Services.GATEWAY,
        Shutdown.Stage.SERVICES,
        () -> {
          gateway.start();
          Services.await(Services.GATEWAY, gateway.ready());
          parts.watch(Services.GATEWAY, gateway.stopped());
          // It is stopped first of all, and before this.
          return () -> {};
        });
  }

  private CompletableFuture<?> startWarehouse(WarehouseService warehouse) {
    return starter.start(
        Services.WAREHOUSE,
        Shutdown.Stage.SERVICES,
        () -> {
          warehouse.start();
          parts.watch(Services.WAREHOUSE, warehouse.stopped());
          return warehouse;
        });
  }

  private CompletableFuture<?> startSealer(KafkaAccess kafka, DataFolder data) {
    return starter.start(
        SEALER,
        Shutdown.Stage.SERVICES,
        () -> {
          SealingService sealer =
              SealingService.start(
                  kafka,
                  data.of(LocalStack.CHECKPOINTS),
                  data.of(LocalStack.AUDIT_KEY),
                  schemas,
                  meters);
          parts.watch(SEALER, sealer.stopped());
          return sealer;
        });
  }

  private CompletableFuture<?> startProcess(Shutdown.Stage stage, ServiceProcess process) {
    return starter.start(
        process.name(),
        stage,
        () -> {
          try {
            process.start();
            services.await(process);
          } catch (Exception e) {
            process.close();
            throw e;
          }
          processes.put(process.name(), process);
          return process;
        });
  }
}
