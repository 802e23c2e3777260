package io.dualtrack.inference.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.dualtrack.inference.access.Egress;
import io.dualtrack.inference.adapter.ProviderRequest;
import io.dualtrack.inference.adapter.Reply;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A provider with a certificate of an authority that the JDK does not know, and a proxy. */
class EgressTest {

  private static final String HOST = "api.provider.test";
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final String KEY = "sk-secret";

  /** Headers of the requests that reached the provider. */
  private static final List<Map<String, List<String>>> ARRIVED =
      Collections.synchronizedList(new ArrayList<>());

  @TempDir private static Path folder;

  private static Path authority;
  private static HttpsServer server;

  @BeforeAll
  static void start() throws Exception {
    Path keys = folder.resolve("keys.p12");
    authority = folder.resolve("ca.pem");
    keytool(keys, "-genkeypair", "-alias", "ca", "-dname", "CN=Own", "-ext", "bc:c");
    keytool(
        keys,
        "-genkeypair",
        "-alias",
        "server",
        "-signer",
        "ca",
        "-dname",
        "CN=" + HOST,
        "-ext",
        "san=dns:" + HOST + ",ip:127.0.0.1");
    keytool(keys, "-exportcert", "-rfc", "-alias", "ca", "-file", authority.toString());

    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, PASSWORD);
    }
    store.deleteEntry("ca");
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(factory.getKeyManagers(), null, null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext(
        "/",
        exchange -> {
          ARRIVED.add(new HashMap<>(exchange.getRequestHeaders()));
          byte[] sent = exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(200, sent.length);
          exchange.getResponseBody().write(sent);
          exchange.close();
        });
    server.start();
  }

  /** The JDK's own tool: no key is kept anywhere, so none expires. */
  private static void keytool(Path keys, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(List.of("-keystore", keys.toString(), "-storepass", new String(PASSWORD)));
    if (arguments[0].equals("-genkeypair")) {
      command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1", "-validity", "2"));
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  @AfterAll
  static void stop() {
    server.stop(0);
  }

  @BeforeEach
  void forget() {
    ARRIVED.clear();
  }

  private static int port() {
    return server.getAddress().getPort();
  }

  private static Reply call(String address, Map<String, String> settings) throws Exception {
    ProviderRequest request =
        new ProviderRequest(
            URI.create(address),
            Map.of("Authorization", "Bearer " + KEY),
            "hello".getBytes(StandardCharsets.UTF_8),
            1);
    try (HttpCaller caller =
        new HttpCaller(100_000, 1, "egress", Egress.fromEnvironment(settings))) {
      return caller
          .call(request, Duration.ofMinutes(1), () -> true)
          .reply()
          .get(2, TimeUnit.MINUTES);
    }
  }

  private static Map<String, String> trusting() {
    return Map.of("DUALTRACK_CA_FILE", authority.toString());
  }

  private static Map<String, String> through(ConnectProxy proxy, String credentials) {
    Map<String, String> settings = new HashMap<>(trusting());
    settings.put("DUALTRACK_PROXY", proxy.address());
    if (credentials != null) {
      settings.put("DUALTRACK_PROXY_CREDENTIALS", credentials);
    }
    return settings;
  }

  private static void assertAnswered(Reply reply) {
    assertThat(reply)
        .isInstanceOfSatisfying(
            Reply.Answered.class,
            answered -> {
              assertThat(answered.statusCode()).isEqualTo(200);
              assertThat(answered.body()).asString().isEqualTo("hello");
            });
  }

  private static void assertRefused(Reply reply, String says) {
    assertThat(reply)
        .isInstanceOfSatisfying(
            Reply.ConnectionFailed.class,
            failed -> assertThat(failed.cause()).contains(says).doesNotContain(KEY, "PKIX"));
    assertThat(ARRIVED).as("nothing was written").isEmpty();
  }

  @Test
  void aCertificateOfAnAuthorityThatIsConfiguredIsBelieved() throws Exception {
    assertAnswered(call("https://127.0.0.1:" + port() + "/v1", trusting()));
  }

  @Test
  void aCertificateOfAnAuthorityThatIsNotConfiguredIsRefused() throws Exception {
    assertRefused(call("https://127.0.0.1:" + port() + "/v1", Map.of()), "DUALTRACK_CA_FILE");
  }

  @Test
  void aCertificateOfAnotherHostIsRefused() throws Exception {
    assertRefused(call("https://localhost:" + port() + "/v1", trusting()), "not the called host's");
  }

  @Test
  void aProxySeesTheHostAndNothingOfTheCall() throws Exception {
    try (ConnectProxy proxy = new ConnectProxy(port(), null)) {
      assertAnswered(call("https://" + HOST + "/v1", through(proxy, null)));
      assertThat(proxy.asked()).hasSize(1);
      assertThat(proxy.asked().get(0)).startsWith("CONNECT " + HOST + ":443 HTTP/1.1");
      assertThat(proxy.carried()).isNotEmpty().doesNotContain(KEY, "hello", "Authorization");
    }
  }

  @Test
  void aProxyIsToldItsCredentialsAndTheProviderIsNot() throws Exception {
    try (ConnectProxy proxy = new ConnectProxy(port(), "Basic dXNlcjpwYXNz")) {
      assertAnswered(call("https://" + HOST + "/v1", through(proxy, "user:pass")));
      assertThat(proxy.asked().get(proxy.asked().size() - 1)).contains("Basic dXNlcjpwYXNz");
    }
    assertThat(ARRIVED).hasSize(1);
    assertThat(ARRIVED.get(0)).doesNotContainKey("Proxy-authorization");
  }

  @Test
  void aProxyThatRefusesLetsNothingThrough() throws Exception {
    try (ConnectProxy proxy = new ConnectProxy(port(), "Basic dXNlcjpwYXNz")) {
      Reply reply = call("https://" + HOST + "/v1", through(proxy, "user:wrong"));
      assertThat(reply.toString()).doesNotContain("wrong", KEY);
      assertThat(reply)
          .isInstanceOfSatisfying(
              Reply.Answered.class, answered -> assertThat(answered.statusCode()).isEqualTo(407));
      assertThat(proxy.carried()).isEmpty();
    }
    assertThat(ARRIVED).isEmpty();
  }

  @Test
  void modelsOnTheSameMachineAreNotCalledThroughTheProxy() throws Exception {
    try (ConnectProxy proxy = new ConnectProxy(port(), null)) {
      assertAnswered(call("https://127.0.0.1:" + port() + "/v1", through(proxy, null)));
      assertThat(proxy.asked()).isEmpty();
    }
  }
}
