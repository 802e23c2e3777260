package io.dualtrack.bench.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecordedLogTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration LENGTH = Duration.ofHours(24);
  private static final long START = Duration.ofHours(3).toMillis();
  private static final List<Path> TEXTS =
      List.of(Path.of("../../examples/acme.jsonl"), Path.of("../../examples/globex.jsonl"));

  private record Log(List<Member> members, List<JsonNode> lines) {

    Map<String, List<JsonNode>> byAccount() {
      Map<String, List<JsonNode>> accounts = new HashMap<>();
      for (JsonNode line : lines) {
        accounts
            .computeIfAbsent(line.get("account").asText(), account -> new ArrayList<>())
            .add(line);
      }
      return accounts;
    }

    List<JsonNode> ofHidden() {
      Set<String> hidden = new HashSet<>();
      members.stream()
          .filter(Member::hidden)
          .forEach(member -> hidden.add(member.identity().account()));
      return lines.stream().filter(line -> hidden.contains(line.get("account").asText())).toList();
    }
  }

  @Test
  void equalSeedsMakeEqualLogsAndOthersDoNot() throws Exception {
    assertThat(log(7, Campaign.V2).lines()).isEqualTo(log(7, Campaign.V2).lines());
    assertThat(log(8, Campaign.V2).lines()).isNotEqualTo(log(7, Campaign.V2).lines());
  }

  @Test
  void aLogIsOrderedByTimeAndEndsWithinItsLength() throws Exception {
    List<Instant> times =
        log(1, Campaign.V5).lines().stream()
            .map(line -> Instant.parse(line.get("at").asText()))
            .toList();

    assertThat(times).isSorted();
    assertThat(times.get(times.size() - 1)).isBefore(begin().plus(LENGTH));
  }

  @Test
  void aCampaignBeginsWhenItIsToldAndAsksItsQuota() throws Exception {
    List<JsonNode> hidden = log(1, Campaign.V0).ofHidden();

    assertThat(Instant.parse(hidden.get(0).get("at").asText()))
        .isAfterOrEqualTo(begin().plusMillis(START));
    double perAccountAndDay = hidden.size() / 40.0 / (LENGTH.toMillis() - START) * Rhythm.DAY;
    assertThat(perAccountAndDay).isBetween(23.0, 26.5);
  }

  @Test
  void whoBuysOwnCardsAndAddressesSharesNothing() throws Exception {
    Log log = log(1, Campaign.V3);

    List<Member> hidden = log.members().stream().filter(Member::hidden).toList();
    assertThat(hidden).extracting(member -> member.identity().payment()).doesNotHaveDuplicates();
    assertThat(hidden).extracting(member -> member.identity().device()).doesNotHaveDuplicates();
  }

  @Test
  void theAccountsOfACampaignDivideTheTasks() throws Exception {
    Map<String, Set<String>> accountsOfTask = new HashMap<>();
    for (JsonNode line : log(1, Campaign.V4).ofHidden()) {
      accountsOfTask
          .computeIfAbsent(line.get("prompt").asText(), task -> new HashSet<>())
          .add(line.get("account").asText());
    }

    // The example has the same task under several instructions, so a few do meet.
    long shared = accountsOfTask.values().stream().filter(each -> each.size() > 1).count();
    assertThat(shared).isLessThan(accountsOfTask.size() / 5);
  }

  @Test
  void usersOfAScheduledToolAskByTheClockAndBeganWhenItSuitedThem() throws Exception {
    Log log = log(1, Campaign.V0);
    Map<String, List<JsonNode>> lines = log.byAccount();
    List<List<JsonNode>> users =
        log.members().stream()
            .filter(member -> member.kind().equals("scheduled-tool"))
            .map(member -> lines.getOrDefault(member.identity().account(), List.of()))
            .filter(asked -> asked.size() > 1)
            .toList();

    assertThat(users).isNotEmpty();
    for (List<JsonNode> asked : users) {
      Duration pause =
          Duration.between(
              Instant.parse(asked.get(0).get("at").asText()),
              Instant.parse(asked.get(1).get("at").asText()));
      assertThat(pause.toMinutes()).isBetween(59L, 60L);
    }
    assertThat(users.stream().map(asked -> asked.get(0).get("payment_fingerprint")))
        .doesNotHaveDuplicates();
  }

  @Test
  void aCourseSignedUpInOneLessonBehindOneAddressWithCardsOfTheirOwn() throws Exception {
    List<Member> pupils =
        log(1, Campaign.V0).members().stream()
            .filter(member -> member.kind().equals("course"))
            .toList();

    assertThat(pupils).hasSizeGreaterThan(4);
    assertThat(pupils.stream().map(member -> member.identity().addresses()).distinct()).hasSize(1);
    assertThat(pupils).extracting(member -> member.identity().payment()).doesNotHaveDuplicates();
  }

  /** Otherwise a detector would be praised for reading off what the generator left lying about. */
  @ParameterizedTest
  @CsvSource({"V0", "V3", "V5"})
  void noSingleFieldTellsWhoIsHidden(Campaign campaign) throws Exception {
    // Of several logs, for a campaign with few servers is in few countries by chance.
    List<Log> logs = List.of(log(1, campaign), log(2, campaign), log(3, campaign));
    Map<String, ToDoubleFunction<List<JsonNode>>> fields =
        Map.of(
            "exchanges", List::size,
            "age", lines -> seconds(lines.get(0), "account_created_at"),
            "hosting", lines -> mean(lines, line -> line.get("hosting").asBoolean() ? 1 : 0),
            "asn", lines -> mean(lines, line -> line.get("asn").asLong()),
            "country", lines -> lines.get(0).get("declared_country").asText().hashCode(),
            "output_tokens", lines -> mean(lines, line -> line.get("output_tokens").asLong()),
            "turn", lines -> mean(lines, line -> line.get("turn").asLong()));

    fields.forEach(
        (name, field) ->
            assertThat(
                    logs.stream()
                        .mapToDouble(log -> areaUnderCurve(log, field))
                        .average()
                        .orElseThrow())
                .as("area under the curve of %s", name)
                .isBetween(0.2, 0.8));
  }

  private static double seconds(JsonNode line, String field) {
    return Instant.parse(line.get(field).asText()).getEpochSecond();
  }

  private static double mean(List<JsonNode> lines, ToDoubleFunction<JsonNode> field) {
    return lines.stream().mapToDouble(field).average().orElse(0);
  }

  /** The probability that a hidden account has more of it than an honest one; ties are halves. */
  private static double areaUnderCurve(Log log, ToDoubleFunction<List<JsonNode>> field) {
    Set<String> hidden = new HashSet<>();
    log.ofHidden().forEach(line -> hidden.add(line.get("account").asText()));
    List<Double> of = new ArrayList<>();
    List<Double> other = new ArrayList<>();
    log.byAccount()
        .forEach(
            (account, lines) ->
                (hidden.contains(account) ? of : other).add(field.applyAsDouble(lines)));
    double wins = 0;
    for (double a : of) {
      for (double b : other) {
        wins += a > b ? 1 : a == b ? 0.5 : 0;
      }
    }
    return wins / ((double) of.size() * other.size());
  }

  private static Instant begin() {
    return Instant.parse("2026-06-01T00:00:00Z");
  }

  private static Log log(long seed, Campaign campaign) throws Exception {
    World world =
        new World(
            begin(), Texts.read(TEXTS, Family.TUNING), Family.TUNING, new ClientShapes(), seed);
    List<Member> members = new ArrayList<>(Honest.of(world, 300, LogRecipe.MEDIAN, 0));
    members.addAll(campaign.members(world, 40, START, LENGTH.toMillis()));
    StringWriter text = new StringWriter();
    new RecordedLog(world, members, LENGTH.toMillis()).write(text, seed);
    List<JsonNode> lines = new ArrayList<>();
    for (String line : text.toString().split("\n", -1)) {
      if (!line.isEmpty()) {
        lines.add(JSON.readTree(line));
      }
    }
    return new Log(members, lines);
  }
}
