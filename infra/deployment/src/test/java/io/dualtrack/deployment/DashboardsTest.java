package io.dualtrack.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DashboardsTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String TABLES =
      "connectors/warehouse/src/main/resources/db/warehouse/V1__ledger_and_rollups.sql";
  private static final Pattern TABLE = Pattern.compile("\\b(?:FROM|JOIN) (\\w+)");
  private static final Pattern COLUMN = Pattern.compile("sum\\((\\w+)\\)");

  private final DocumentedMetrics documented = new DocumentedMetrics();
  private final Set<String> recorded = RulesTest.recorded();

  @Test
  void thereIsADashboardForEachTeam() throws Exception {
    List<String> ids = new ArrayList<>();
    for (JsonNode dashboard : dashboards()) {
      ids.add(dashboard.path("uid").asText());
      assertThat(dashboard.path("panels")).hasSizeGreaterThan(8);
    }
    assertThat(ids)
        .containsExactlyInAnyOrder(
            "dualtrack-operator", "dualtrack-compliance", "dualtrack-finance", "dualtrack-fraud");
  }

  @Test
  void panelsAskForMetricsAndLabelsThatAreDocumented() throws Exception {
    for (JsonNode dashboard : dashboards()) {
      for (JsonNode panel : dashboard.path("panels")) {
        assertThat(panel.path("targets")).as(panel.path("title").asText()).isNotEmpty();
        for (JsonNode target : panel.path("targets")) {
          if (target.has("expr")) {
            RulesTest.assertDocumented(documented, recorded, target.path("expr").asText());
          }
        }
      }
    }
  }

  @Test
  void panelsOfTheWarehouseAskForTablesAndColumnsThatItHas() throws Exception {
    String schema = Repository.text(TABLES);
    for (JsonNode dashboard : dashboards()) {
      for (JsonNode sql : dashboard.findValues("rawSql")) {
        Matcher table = TABLE.matcher(sql.asText());
        while (table.find()) {
          assertThat(schema).contains("CREATE TABLE " + table.group(1) + " (");
        }
        Matcher column = COLUMN.matcher(sql.asText());
        while (column.find()) {
          assertThat(schema).containsPattern("(?m)^ +" + column.group(1) + " ");
        }
      }
    }
  }

  @Test
  void panelsHaveNumbersOfTheirOwnAndDoNotOverlap() throws Exception {
    for (JsonNode dashboard : dashboards()) {
      Set<Integer> ids = new HashSet<>();
      Set<String> cells = new TreeSet<>();
      for (JsonNode panel : dashboard.path("panels")) {
        assertThat(ids.add(panel.path("id").asInt())).isTrue();
        JsonNode place = panel.path("gridPos");
        assertThat(place.path("x").asInt() + place.path("w").asInt()).isLessThanOrEqualTo(24);
        for (int x = 0; x < place.path("w").asInt(); x++) {
          for (int y = 0; y < place.path("h").asInt(); y++) {
            String cell = (place.path("x").asInt() + x) + "/" + (place.path("y").asInt() + y);
            assertThat(cells.add(cell)).as("%s at %s", panel.path("title"), cell).isTrue();
          }
        }
      }
    }
  }

  private static List<JsonNode> dashboards() throws Exception {
    List<JsonNode> dashboards = new ArrayList<>();
    for (Path file : Repository.files("infra/grafana/dashboards", ".json")) {
      dashboards.add(JSON.readTree(file.toFile()));
    }
    return dashboards;
  }
}
