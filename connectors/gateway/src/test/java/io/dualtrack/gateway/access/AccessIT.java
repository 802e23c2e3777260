package io.dualtrack.gateway.access;

import static io.dualtrack.gateway.Http.CHAT;
import static io.dualtrack.gateway.Http.CHATS;
import static io.dualtrack.gateway.Http.assertError;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.gateway.Http;
import io.dualtrack.gateway.RunningGateway;
import io.dualtrack.gateway.RunningGateway.Gateway;
import io.dualtrack.gateway.Tenants;
import io.dualtrack.schemas.AccessScope;
import io.dualtrack.schemas.TenantStatus;
import io.dualtrack.schemas.Topics;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RunningGateway.class)
class AccessIT {

  private final Gateway gateway;

  AccessIT(Gateway gateway) {
    this.gateway = gateway;
  }

  @Test
  void withoutAKeyNobodyGetsIn() throws Exception {
    HttpResponse<String> answer =
        Http.send(
            HttpRequest.newBuilder(gateway.uri().resolve(CHATS))
                .POST(HttpRequest.BodyPublishers.ofString(CHAT)));

    assertError(answer, 401, "invalid_api_key");
  }

  @Test
  void aKeyThatOnlyBeginsAsARealOneIsRefused() throws Exception {
    String wrong = RunningGateway.KEY.replace("9", "8");

    assertError(Http.post(gateway.uri(), CHATS, wrong, CHAT), 401, "invalid_api_key");
    assertError(
        Http.post(gateway.uri(), CHATS, RunningGateway.KEY.substring(0, 8), CHAT),
        401,
        "invalid_api_key");
  }

  @Test
  void anthropicsHeaderIsTakenToo() throws Exception {
    HttpResponse<String> answer =
        Http.send(
            HttpRequest.newBuilder(gateway.uri().resolve(CHATS))
                .header("x-api-key", RunningGateway.OTHER_KEY)
                .POST(HttpRequest.BodyPublishers.ofString(CHAT)));

    assertThat(answer.statusCode()).isEqualTo(200);
  }

  @Test
  void aKeyThatMayOnlyReadDoesNotSubmit() throws Exception {
    assertError(
        Http.post(gateway.uri(), CHATS, RunningGateway.READ_KEY, CHAT),
        403,
        "insufficient_permissions");
    assertThat(Http.get(gateway.uri(), "/v1/models", RunningGateway.READ_KEY).statusCode())
        .isEqualTo(200);
  }

  @Test
  void aTenantThatIsCutOffIsToldSo() throws Exception {
    assertError(
        Http.post(gateway.uri(), CHATS, RunningGateway.CUT_OFF_KEY, CHAT), 403, "tenant_cut_off");
  }

  @Test
  void aTenantsMinuteEndsWithWhenToComeAgain() throws Exception {
    Http.get(gateway.uri(), "/v1/models", RunningGateway.SLOW_KEY);
    Http.get(gateway.uri(), "/v1/models", RunningGateway.SLOW_KEY);

    HttpResponse<String> third = Http.get(gateway.uri(), "/v1/models", RunningGateway.SLOW_KEY);

    assertError(third, 429, "rate_limit_exceeded");
    assertThat(third.headers().firstValueAsLong("retry-after").getAsLong()).isBetween(1L, 30L);
    assertThat(third.headers().firstValueAsLong("retry-after-ms").getAsLong())
        .isBetween(1L, 30_000L);
  }

  @Test
  void aTenantsOwnLimitBoundsItsBodies() throws Exception {
    String body = CHAT.replace("Hi", "x".repeat(600));

    assertError(
        Http.post(gateway.uri(), CHATS, RunningGateway.SMALL_KEY, body), 413, "request_too_large");
  }

  @Test
  void aKeyThatIsTakenAwayIsRefusedAtOnceThoughItWasRemembered() throws Exception {
    String key = "dt-fleeting-0123456789";
    publish("fleeting", key);
    Awaitility.await().until(() -> Http.get(gateway.uri(), "/v1/models", key).statusCode() == 200);

    publish("fleeting", "dt-fleeting-another-key");

    Awaitility.await().until(() -> Http.get(gateway.uri(), "/v1/models", key).statusCode() == 401);
  }

  private void publish(String tenant, String key) {
    gateway
        .broker()
        .send(
            Topics.TENANTS,
            tenant,
            Tenants.tenant(
                tenant,
                TenantStatus.ACTIVE,
                null,
                Tenants.account(tenant, key, AccessScope.ADMIN)));
    gateway.broker().flush();
  }
}
