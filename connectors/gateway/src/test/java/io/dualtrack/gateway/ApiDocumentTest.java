package io.dualtrack.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.files.FileStoreConfig;
import io.dualtrack.gateway.access.Sessions;
import io.dualtrack.gateway.http.Routes;
import io.dualtrack.gateway.signin.OidcSettings;
import io.dualtrack.gateway.signin.SignInEndpoints;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.tracing.Traces;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

class ApiDocumentTest {

  private static final Set<String> METHODS = Set.of("get", "post", "delete", "put", "patch");

  @TempDir private java.nio.file.Path folder;

  @Test
  void theDocumentHasExactlyTheEndpointsThatThereAre() throws IOException {
    Set<String> documented = new TreeSet<>();
    paths()
        .forEach(
            (path, operations) ->
                operations.keySet().stream()
                    .filter(METHODS::contains)
                    .forEach(method -> documented.add(method + " " + path)));

    assertThat(documented).isEqualTo(registered());
  }

  private Set<String> registered() throws IOException {
    Set<String> registered = new TreeSet<>();
    Routes recorder =
        (method, path, scope, body, handler) ->
            registered.add(method.name().toLowerCase(Locale.ROOT) + " " + path);
    GatewayContext context =
        new GatewayContext(
            GatewayConfig.of(KafkaAccess.at("127.0.0.1:1"), "0", 0),
            Map.of("DUALTRACK_DATA", folder.toString(), "DUALTRACK_CONSOLE", "on"),
            SchemaRegistry.inMemory(),
            new KafkaClients(KafkaAccess.at("127.0.0.1:1")),
            FileStoreConfig.local(folder).open(),
            null,
            null,
            new Sessions(InstantSource.system()),
            new SimpleMeterRegistry(),
            Traces.off(),
            InstantSource.system(),
            failure -> {});
    List<GatewayPart> parts = GatewayParts.of(context);
    parts.forEach(part -> part.addTo(recorder));
    parts.forEach(GatewayPart::close);
    SignInEndpoints.of(OidcSettings.of(Map.of("DUALTRACK_CONSOLE_OIDC", oidc())), null, null, true)
        .forEach(open -> registered.add("get " + open.path()));
    return registered;
  }

  private String oidc() throws IOException {
    return Files.writeString(
            folder.resolve("oidc.json"),
            """
            {"name":"Example","issuer":"https://login.example.com","client_id":"c",
             "public_url":"https://console.example.com","roles_claim":"groups",
             "roles":{"legal":["COMPLIANCE"]},"tenant":"staff"}
            """)
        .toString();
  }

  private static Map<String, Map<String, Object>> paths() throws IOException {
    try (InputStream in = ApiDocumentTest.class.getResourceAsStream("openapi.yaml")) {
      Map<String, Map<String, Map<String, Object>>> document = new Yaml().load(in);
      return document.get("paths");
    }
  }
}
