package io.dualtrack.gateway.console;

import static io.dualtrack.review.ReviewRecords.JANUARY;
import static io.dualtrack.review.ReviewRecords.decision;
import static io.dualtrack.review.ReviewRecords.offering;
import static io.dualtrack.review.ReviewRecords.policy;
import static io.dualtrack.review.ReviewRecords.rule;
import static io.dualtrack.review.ReviewRecords.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualtrack.review.ControlHistory;
import io.dualtrack.review.PolicyDiff;
import io.dualtrack.review.PolicyDiff.Result;
import io.dualtrack.schemas.ControlChange;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.RoutingDecision;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PolicyPreviewTest {

  private static final PolicyBundle OPEN = policy("1", rule("no-glm", "offering == 'glm'"));

  private final ControlHistory history = new ControlHistory();

  @BeforeEach
  void theRecords() {
    change("tenants/acme", tenant());
    change("offerings/sol", offering("sol", "gpt", Lane.API));
    change("offerings/llama", offering("llama", "llama", Lane.LOCAL));
  }

  @Test
  void requestsThatWouldFareAlikeAreOneGroupWithItsReasonAndSomeExamples() {
    PolicyBundle noSol = policy("2", rule("no-sol", "offering == 'sol'"));

    JsonNode preview = preview(noSol, requests(5));

    assertThat(preview.path("decided").asInt()).isEqualTo(5);
    assertThat(preview.path("changed").asInt()).isEqualTo(5);
    assertThat(preview.path("kinds")).hasToString("{\"ROUTED_ELSEWHERE\":5}");
    assertThat(preview.path("groups")).hasSize(1);
    JsonNode group = preview.at("/groups/0");
    assertThat(group.path("tenant").asText()).isEqualTo("acme");
    assertThat(group.path("model").asText()).isEqualTo("gpt");
    assertThat(group.path("jurisdictions")).hasToString("[\"EU\"]");
    assertThat(group.path("before").asText()).isEqualTo("sol");
    assertThat(group.path("before_lane").asText()).isEqualTo("API");
    assertThat(group.path("after").asText()).isEqualTo("llama");
    assertThat(group.path("after_lane").asText()).isEqualTo("LOCAL");
    assertThat(group.path("requests").asInt()).isEqualTo(5);
    assertThat(group.path("why")).hasToString("[\"+NO_SOL[no-sol] sol\"]");
    assertThat(group.path("examples")).hasToString("[\"r-0\",\"r-1\",\"r-2\"]");
  }

  @Test
  void aRuleCountsOnceARequestAndIsToldAsThePolicySaysIt() {
    PolicyBundle nothing = policy("2", rule("nothing", "true"));

    JsonNode preview = preview(nothing, requests(3));

    assertThat(preview.at("/groups/0/kind").asText()).isEqualTo("REFUSED_NOW");
    assertThat(preview.at("/groups/0/after").asText()).isEmpty();
    assertThat(preview.at("/groups/0/after_lane").isNull()).isTrue();
    assertThat(preview.path("rules"))
        .singleElement()
        .hasToString(
            "{\"new\":true,\"code\":\"NOTHING\",\"rule\":\"nothing\",\"requests\":3,"
                + "\"reason\":\"because\",\"source\":\"house\",\"confidence\":\"HOUSE\","
                + "\"owner\":\"compliance\"}");
  }

  @Test
  void ofManyGroupsTheLargestAreToldAndTheOthersCounted() {
    List<RoutingDecision> requests = requests(PolicyPreview.MOST_GROUPS + 10);
    for (int i = 0; i < requests.size(); i++) {
      requests.get(i).setJurisdictions(List.of(i < 5 ? "EU" : "R" + i));
    }

    JsonNode preview = preview(policy("2", rule("nothing", "true")), requests);

    assertThat(preview.path("groups")).hasSize(PolicyPreview.MOST_GROUPS);
    assertThat(preview.path("groups_left_out").asInt()).isEqualTo(6);
    assertThat(preview.at("/groups/0/jurisdictions/0").asText()).isEqualTo("EU");
    assertThat(preview.at("/groups/0/requests").asInt()).isEqualTo(5);
  }

  @Test
  void theSamePolicyChangesNothing() {
    JsonNode preview = preview(OPEN, requests(2));

    assertThat(preview.path("changed").asInt()).isZero();
    assertThat(preview.path("kinds")).isEmpty();
    assertThat(preview.path("groups")).isEmpty();
    assertThat(preview.path("rules")).isEmpty();
  }

  private JsonNode preview(PolicyBundle proposed, List<RoutingDecision> requests) {
    Result result = new PolicyDiff(history, OPEN, proposed).of(requests);
    return new PolicyPreview(OPEN, proposed).write(result);
  }

  private static List<RoutingDecision> requests(int count) {
    List<RoutingDecision> requests = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      RoutingDecision request = decision(JANUARY.plusSeconds(60), 0);
      request.setRequestId("r-" + i);
      requests.add(request);
    }
    return requests;
  }

  private void change(String key, SpecificRecord record) {
    history.add(
        key, ControlChange.newBuilder().setAt(JANUARY).setActor("ann").setRecord(record).build());
  }
}
