package io.dualtrack.local.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MirrorTest {

  private final Properties settings =
      Mirror.settings("eu", new TreeMap<>(Map.of("eu", "a:1", "us", "b:2", "ch", "c:3")));

  @Test
  void controlGoesOutUnderItsOwnNameAndReportsComeBackUnderTheZones() {
    assertThat(mirrored("eu->us"))
        .contains(Topics.SUSPENSIONS, Topics.POLICIES, Topics.TENANTS, Topics.CONTROL_HISTORY)
        .doesNotContain(Topics.AUDIT);
    assertThat(settings.getProperty("eu->us.replication.policy.class")).contains("Identity");
    assertThat(mirrored("us->eu"))
        .contains(Topics.AUDIT, Topics.EXCHANGES, Topics.COST_LEDGER, Topics.ABUSE_ALERTS)
        .doesNotContain(Topics.SUSPENSIONS);
    assertThat(settings).doesNotContainKey("us->eu.replication.policy.class");
  }

  @Test
  void noTopicWithTextIsNamedBetweenAnyTwoZones() {
    List<String> ways =
        settings.stringPropertyNames().stream()
            .filter(name -> name.endsWith(".topics"))
            .map(name -> name.replace(".topics", ""))
            .toList();

    assertThat(ways).containsExactlyInAnyOrder("eu->us", "us->eu", "eu->ch", "ch->eu");
    for (String way : ways) {
      assertThat(mirrored(way)).isNotEmpty().noneMatch(Topic::text);
    }
  }

  @Test
  void whatEachZoneCountsItselfIsNotOverwrittenByTheControlZone() {
    assertThat(mirrored("eu->us")).doesNotContain(Topics.VOLUMES);
  }

  @Test
  void namesThatAreNoZonesAreRefused() {
    Zones.check(List.of("eu", "us-east"));
    for (List<String> names :
        List.of(
            List.of("eu"), List.of("eu", "eu"), List.of("eu", "../us"), List.of("a", "mirror"))) {
      assertThatThrownBy(() -> Zones.check(names))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("--zones");
    }
  }

  /** The topics of the catalogue that match, as the mirror matches them. */
  private List<Topic<?>> mirrored(String way) {
    List<Pattern> patterns =
        Arrays.stream(settings.getProperty(way + ".topics").split(","))
            .map(Pattern::compile)
            .toList();
    return Topics.all().stream()
        .<Topic<?>>map(topic -> topic)
        .filter(topic -> patterns.stream().anyMatch(each -> each.matcher(topic.name()).matches()))
        .toList();
  }
}
