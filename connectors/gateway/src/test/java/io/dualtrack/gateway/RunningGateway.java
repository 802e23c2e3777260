package io.dualtrack.gateway;

import io.dualtrack.schemas.AccessScope;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.TenantLimits;
import io.dualtrack.schemas.TenantStatus;
import io.dualtrack.schemas.Topics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One gateway on one broker for all integration tests of the module, with a stand-in behind it. */
public final class RunningGateway implements ParameterResolver, BeforeEachCallback {

  public static final String KEY = "dt-test-acme-0123456789";
  public static final String OTHER_KEY = "dt-test-globex-0123456789";
  public static final String READ_KEY = "dt-read-acme-0123456789";
  public static final String CUT_OFF_KEY = "dt-cut--off-0123456789";
  public static final String SLOW_KEY = "dt-slow-tenant-0123456789";
  public static final String SMALL_KEY = "dt-small-tenant-0123456789";

  /** Of those who run the deployment. */
  public static final String ANN_KEY = "dt-ann-of-staff-0123456789";

  public static final String BOB_KEY = "dt-bob-of-staff-0123456789";
  public static final String FIN_KEY = "dt-fin-of-staff-0123456789";
  public static final String EVE_KEY = "dt-eve-of-staff-0123456789";

  /** Sent no body for this long, a connection is closed. */
  public static final Duration IDLE = Duration.ofSeconds(2);

  private static final Duration REQUEST = Duration.ofSeconds(1);

  /** Of every gateway here, as of gateways on one machine; below what Maven removes. */
  private static final Path DATA = Path.of("target", "gateway-data");

  /** What tests ask for as a parameter. */
  public static final class Gateway implements AutoCloseable {
    private final Cluster cluster = cluster();
    private final StandIn standIn = new StandIn(cluster);
    private final GatewayService service;

    private Gateway() {
      publish();
      service = start("0");
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(service::isReady);
    }

    private static Cluster cluster() {
      try {
        return new Cluster(4);
      } catch (Exception e) {
        throw new IllegalStateException("the broker does not start", e);
      }
    }

    /** Another instance on the same broker; the caller closes it. */
    public GatewayService start(String instance) {
      return start(instance, Map.of());
    }

    /** The same with settings of its own. */
    public GatewayService start(String instance, Map<String, String> settings) {
      Map<String, String> environment = new HashMap<>(settings);
      environment.put("DUALTRACK_DATA", DATA.toString());
      environment.put("DUALTRACK_CONSOLE", "on-demand");
      GatewayConfig usual = GatewayConfig.of(KafkaAccess.at(cluster.bootstrap()), instance, 0);
      GatewayConfig config =
          new GatewayConfig(
              usual.kafka(),
              usual.instance(),
              usual.host(),
              0,
              null,
              IDLE,
              REQUEST,
              1_000,
              Duration.ofSeconds(30),
              Duration.ofSeconds(5),
              List.of());
      GatewayService started =
          new GatewayService(
              config,
              environment,
              cluster.registry(),
              new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
      started.listen(List.of());
      started.start();
      return started;
    }

    private void publish() {
      TenantLimits slow = TenantLimits.newBuilder().setRequestsPerMinute(2).build();
      TenantLimits small = TenantLimits.newBuilder().setMaxBodyBytes(500L).setMaxWaiting(1).build();
      for (var tenant :
          List.of(
              Tenants.tenant(
                  "acme",
                  TenantStatus.ACTIVE,
                  null,
                  Tenants.account("acme-batch", KEY),
                  Tenants.account("acme-reader", READ_KEY, AccessScope.READ)),
              Tenants.tenant(
                  "globex", TenantStatus.ACTIVE, null, Tenants.account("globex-1", OTHER_KEY)),
              Tenants.tenant(
                  "gone", TenantStatus.CUT_OFF, null, Tenants.account("gone-1", CUT_OFF_KEY)),
              Tenants.tenant(
                  "staff",
                  TenantStatus.ACTIVE,
                  null,
                  Tenants.account("ann", ANN_KEY, AccessScope.COMPLIANCE),
                  Tenants.account("bob", BOB_KEY, AccessScope.COMPLIANCE),
                  Tenants.account("fin", FIN_KEY, AccessScope.FINANCE),
                  Tenants.account("eve", EVE_KEY, AccessScope.FRAUD)),
              Tenants.tenant("slow", TenantStatus.ACTIVE, slow, Tenants.account("s1", SLOW_KEY)),
              Tenants.tenant(
                  "small", TenantStatus.ACTIVE, small, Tenants.account("s2", SMALL_KEY)))) {
        cluster.send(Topics.TENANTS, tenant.getId(), tenant);
      }
      cluster.flush();
    }

    public URI uri() {
      return service.uri();
    }

    public StandIn standIn() {
      return standIn;
    }

    public Cluster broker() {
      return cluster;
    }

    public GatewayService service() {
      return service;
    }

    @Override
    public void close() throws Exception {
      service.close();
      standIn.close();
      cluster.close();
    }
  }

  private static Gateway of(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(Namespace.create(RunningGateway.class))
        .getOrComputeIfAbsent(Gateway.class, type -> new Gateway(), Gateway.class);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    of(context)
        .standIn()
        .behave(
            request ->
                Optional.of(StandIn.answered(request, StandIn.chat("Hello from the stand-in."))));
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Gateway.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return of(context);
  }
}
