package io.dualtrack.gateway;

import io.dualtrack.files.FileStore;
import io.dualtrack.gateway.access.Sessions;
import io.dualtrack.gateway.bodies.LargeBodies;
import io.dualtrack.gateway.control.ControlView;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.tracing.Traces;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What the parts of a gateway are built from.
 *
 * @param environment for parts with settings of their own
 * @param files shared by all gateways and dispatchers of the zone
 * @param bodies puts bodies into requests
 * @param control tenants, offerings and suspensions as they stand now
 * @param sessions of people at the console
 * @param onFailure told by a part that cannot go on; the gateway stops then
 */
public record GatewayContext(
    GatewayConfig config,
    Map<String, String> environment,
    SchemaRegistry registry,
    KafkaClients kafka,
    FileStore files,
    LargeBodies bodies,
    ControlView control,
    Sessions sessions,
    MeterRegistry meters,
    Traces traces,
    InstantSource clock,
    Consumer<Throwable> onFailure) {}
