package io.dualtrack.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.gateway.GatewayConfig;
import io.dualtrack.gateway.access.AccessControl;
import io.dualtrack.gateway.access.Sessions;
import io.dualtrack.gateway.control.ControlSnapshot;
import io.dualtrack.gateway.http.OpenRoute.Answer;
import io.dualtrack.schemas.KafkaAccess;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The server without anything behind it: TLS from files, HTTP/2, and a stop that lets calls end.
 */
class TlsIT {

  private static final String PASSWORD = "secret-of-a-test";

  @TempDir private static Path folder;
  private static Path keyStore;
  private static SSLContext trusting;

  @BeforeAll
  static void makeACertificate() throws Exception {
    keyStore = folder.resolve("server.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=127.0.0.1",
                "-ext",
                "san=ip:127.0.0.1",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                keyStore.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .start();
    assertThat(keytool.waitFor()).isZero();
    Files.writeString(folder.resolve("password"), PASSWORD + "\n");

    KeyStore store = KeyStore.getInstance(keyStore.toFile(), PASSWORD.toCharArray());
    pem("chain.pem", "CERTIFICATE", store.getCertificate("server").getEncoded());
    pem("key.pem", "PRIVATE KEY", store.getKey("server", PASSWORD.toCharArray()).getEncoded());
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("server", store.getCertificate("server"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    trusting = SSLContext.getInstance("TLS");
    trusting.init(null, trust.getTrustManagers(), null);
  }

  private static void pem(String file, String what, byte[] der) throws IOException {
    Files.writeString(
        folder.resolve(file),
        "-----BEGIN %s-----\n%s\n-----END %s-----\n"
            .formatted(what, Base64.getMimeEncoder().encodeToString(der), what));
  }

  @Test
  void servesHttp2OverTlsFromPkcs12() throws Exception {
    TlsFiles files = new TlsFiles(null, null, keyStore, folder.resolve("password"));

    assertThat(ask(files).version()).isEqualTo(HttpClient.Version.HTTP_2);
  }

  @Test
  void servesHttp2OverTlsFromPem() throws Exception {
    TlsFiles files =
        new TlsFiles(folder.resolve("chain.pem"), folder.resolve("key.pem"), null, null);

    assertThat(ask(files).version()).isEqualTo(HttpClient.Version.HTTP_2);
  }

  @Test
  void servesHttp2WithoutTls() throws Exception {
    assertThat(ask(null).version()).isEqualTo(HttpClient.Version.HTTP_2);
  }

  @Test
  void aKeyFileThatIsNoneIsNamedWithWhatToDo() throws Exception {
    Path key = Files.writeString(folder.resolve("old.pem"), "-----BEGIN RSA PRIVATE KEY-----");
    TlsFiles files = new TlsFiles(folder.resolve("chain.pem"), key, null, null);

    assertThatThrownBy(() -> ServerKey.read(files))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(key.toString())
        .hasMessageContaining("openssl pkcs8");
  }

  @Test
  void halfOfTheFilesIsRefused() {
    assertThatThrownBy(
            () -> TlsFiles.fromEnvironment(Map.of("DUALTRACK_TLS_CERTIFICATE", "chain.pem")))
        .hasMessageContaining("DUALTRACK_TLS_KEY");
  }

  @Test
  void aStopLetsACallEndAndTakesNoNewOne() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    OpenRoute slow =
        new OpenRoute(
            "/slow",
            () -> {
              inside.countDown();
              try {
                goOn.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return Answer.json(200, "{}");
            });
    HttpServer server = start(null, slow);
    URI uri = server.uri();
    HttpClient client = HttpClient.newHttpClient();
    CompletableFuture<HttpResponse<String>> answer =
        client.sendAsync(
            HttpRequest.newBuilder(uri.resolve("/slow")).build(), BodyHandlers.ofString());
    inside.await();

    CompletableFuture<Void> stop = CompletableFuture.runAsync(server::close);
    org.awaitility.Awaitility.await().until(() -> refuses(uri));
    goOn.countDown();

    assertThat(answer.get().statusCode()).isEqualTo(200);
    stop.get();
  }

  private static boolean refuses(URI uri) {
    try {
      return HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(uri.resolve("/openapi.yaml")).build(),
                  BodyHandlers.ofString())
              .statusCode()
          == 503;
    } catch (IOException e) {
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static HttpResponse<String> ask(TlsFiles files) throws Exception {
    try (HttpServer server =
        start(files, new OpenRoute("/healthz", () -> Answer.json(200, "{}")))) {
      HttpClient client =
          HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).sslContext(trusting).build();
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(server.uri().resolve("/healthz")).build(),
              BodyHandlers.ofString());
      assertThat(answer.body()).isEqualTo("{}");
      return answer;
    }
  }

  private static HttpServer start(TlsFiles files, OpenRoute route) {
    GatewayConfig usual = GatewayConfig.of(KafkaAccess.at("127.0.0.1:1"), "0", 0);
    GatewayConfig config =
        new GatewayConfig(
            usual.kafka(),
            usual.instance(),
            usual.host(),
            0,
            files,
            usual.idleTimeout(),
            usual.requestTimeout(),
            usual.minBytesPerSecond(),
            usual.answerTimeout(),
            Duration.ofSeconds(5),
            List.of());
    return HttpServer.start(
        config,
        new AccessControl(
            () -> new ControlSnapshot(Map.of(), Map.of(), Map.of()),
            new Sessions(InstantSource.system())),
        () -> true,
        List.of(route),
        routes -> {},
        new SimpleMeterRegistry());
  }
}
