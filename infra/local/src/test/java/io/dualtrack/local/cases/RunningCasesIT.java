package io.dualtrack.local.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.gateway.access.ApiKey;
import io.dualtrack.jobs.runtime.Checkpoints;
import io.dualtrack.local.command.AbuseCommand;
import io.dualtrack.local.command.AlertsCommand;
import io.dualtrack.local.command.ControlCommand;
import io.dualtrack.local.command.CostCommand;
import io.dualtrack.local.command.MoveCommand;
import io.dualtrack.local.command.RedTeamCommand;
import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.StackOptions;
import io.dualtrack.local.stack.StackProgress;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.operations.control.ControlTopics;
import io.dualtrack.operations.control.KillSwitch;
import io.dualtrack.operations.control.KillSwitch.Outcome;
import io.dualtrack.review.ControlHistory;
import io.dualtrack.review.PolicyDiff;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.AlertKind;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.BundleSignature;
import io.dualtrack.schemas.Evidence;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.ModelContract;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RecommendedAction;
import io.dualtrack.schemas.RequestShare;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.Rule;
import io.dualtrack.schemas.RuleConfidence;
import io.dualtrack.schemas.RuleEffect;
import io.dualtrack.schemas.SharedResource;
import io.dualtrack.schemas.SigningKey;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Tenant;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * Of the twelve cases those that are about time, on a running stack. The numbers are those of
 * infra/control/cases/twelve.yaml; the third is {@code ./dualtrack faults suspend}. And a budget,
 * which is about time too, and accounts that are acted on.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RunningCasesIT {

  /** Has one model and nothing in its place. */
  private static final String SOLO = "solo";

  /** Has a hard budget. */
  private static final String THRIFTY = "thrifty";

  /** Has an account that an alert names. */
  private static final String WATCHED = "watched";

  /** Reserves four cents and costs one at most. */
  private static final String CHAT =
      """
      {"model":"claude-opus-4.8","max_completion_tokens":1000,
       "messages":[{"role":"user","content":"What is left?"}]}\
      """;

  private static final String SOL = "openai-gpt-5.6-sol-eu";
  private static final String OPUS = "bedrock-claude-opus-4.8-eu";
  private static final String TERRA_US = "openai-gpt-5.6-terra-us";
  private static final String LUNA = "openai-gpt-5.6-luna-eu";
  private static final String TERRA = "openai-gpt-5.6-terra-eu";
  private static final String MIXTRAL = "local-mixtral-8x22b-eu";
  private static final String GLM = "local-glm-5.2-eu";

  @TempDir static Path folder;
  private static LocalStack stack;
  private static StackProbe probe;
  private static ControlTopics control;
  private static SigningKey key;

  @BeforeAll
  static void start() throws Exception {
    Path data = folder.resolve("data");
    stack =
        LocalStack.start(
            StackOptions.onFreePorts(data).withPartitions(1),
            (kafka, registry, policyKey) ->
                new ControlTopics(kafka, registry, Clock.systemUTC())
                    .publish(withSolo(ShippedControl.read()), policyKey, "ann"),
            StackProgress.silent());
    key = SigningKey.open(data.resolve(LocalStack.POLICY_KEY));
    probe = new StackProbe(stack, folder);
    control = new ControlTopics(probe.kafka(), probe.registry(), Clock.systemUTC());
  }

  @AfterAll
  static void stop() {
    if (probe != null) {
      probe.close();
    }
    if (stack != null) {
      stack.close();
    }
  }

  /** Last: most of what is counted has happened by now. */
  @Test
  @Order(Integer.MAX_VALUE)
  void theStackTellsWhatRulesAndDashboardsAskFor() throws Exception {
    Set<String> documented = PromisedMetrics.documented();
    assertThat(documented).hasSizeGreaterThan(70).containsAll(PromisedMetrics.NOT_TOLD.keySet());

    documented.removeAll(PromisedMetrics.told(probe.metrics()));
    documented.removeAll(PromisedMetrics.NOT_TOLD.keySet());

    assertThat(documented).as("on docs/metrics.md, and told by nobody").isEmpty();
  }

  /** Case 5. */
  @Test
  void reopeningTakesTwoNewRequestsPassAndWhatWasRefusedStaysSo() throws Exception {
    suspend(SuspensionScope.MODEL, "gpt-5.6-sol");
    String refused = probe.ask(SOLO, "gpt-5.6-sol", "what is the plan?");
    assertThat(codes(probe.result(refused))).contains("SUSPENDED");

    assertThat(command(SuspensionScope.MODEL, "gpt-5.6-sol", ExportState.OPEN, "ann"))
        .isInstanceOf(Outcome.Asked.class);
    assertThat(command(SuspensionScope.MODEL, "gpt-5.6-sol", ExportState.OPEN, "ann"))
        .isInstanceOf(Outcome.Denied.class);
    String still = probe.ask(SOLO, "gpt-5.6-sol", "what is the plan?");
    assertThat(codes(probe.result(still))).contains("SUSPENDED");

    Suspension open =
        ((Outcome.Applied) command(SuspensionScope.MODEL, "gpt-5.6-sol", ExportState.OPEN, "bob"))
            .suspension();
    awaitEpoch(open.getEpoch());
    String passed = probe.ask(SOLO, "gpt-5.6-sol", "what is the plan?");
    assertThat(probe.result(passed).getOffering()).isEqualTo(SOL);
    assertThat(probe.calls(SOL)).isEqualTo(1);
    assertThat(probe.results(refused)).hasSize(1);
    assertThat(probe.results(still)).hasSize(1);
    decidedAgainTodayTheOldDecisionsStillSayNo(refused, passed);
  }

  private static void decidedAgainTodayTheOldDecisionsStillSayNo(String refused, String passed) {
    PolicyBundle rules = control.read().policies().get(0);
    PolicyBundle stricter = PolicyBundle.newBuilder(rules).build();
    List<Rule> more = new ArrayList<>(rules.getRules());
    more.add(nobodyMayUse("gpt-5.6-sol"));
    stricter.setRules(more);

    PolicyDiff.Result again =
        new PolicyDiff(ControlHistory.read(probe.kafka(), probe.registry()), rules, stricter)
            .of(List.of(probe.decision(refused), probe.decision(passed)));

    assertThat(again.inexact()).isZero();
    assertThat(again.changes())
        .extracting(change -> change.decision().getRequestId(), PolicyDiff.Change::before)
        .containsExactly(tuple(refused, ""), tuple(passed, SOL));
  }

  /** Case 7. */
  @Test
  void aTenantThatIsCutOffGetsNothingFromAnywhereAndOthersDo() throws Exception {
    String first = probe.ask("globex", "llama-3.1-405b", "how many apples?");
    assertThat(probe.result(first).getSource()).isEqualTo(AnswerSource.PROVIDER);
    String replayed = probe.ask("globex", "llama-3.1-405b", "how many apples?");
    assertThat(probe.result(replayed).getSource()).isEqualTo(AnswerSource.CACHE);
    probe.behave(TERRA_US, "{\"status\":429,\"retry_after_seconds\":30}");
    String retried =
        probe.ask("globex", "gpt-5.6-terra", "and pears?", Map.of("dualtrack.country", "US"));
    await().atMost(StackProbe.PATIENCE).until(() -> probe.calls(TERRA_US) == 1);

    suspend(SuspensionScope.TENANT, "globex");

    assertThat(codes(probe.result(retried))).contains("SUSPENDED");
    for (String text : List.of("how many apples?", "how many plums?")) {
      String local = probe.ask("globex", "llama-3.1-405b", text);
      assertThat(codes(probe.result(local))).contains("SUSPENDED");
    }
    String other = probe.ask("acme", "llama-3.1-405b", "how many apples?");
    assertThat(probe.result(other).getSource()).isEqualTo(AnswerSource.PROVIDER);
    assertThat(probe.calls(TERRA_US)).isEqualTo(1);
  }

  /** Case 11, and a policy that was in force once. */
  @Test
  void aPolicyThatIsStaleForgedOrReplayedOpensNoClosedApi() throws Exception {
    PolicyBundle first = control.read().policies().get(0);

    PolicyBundle stale = shippedAs("stale");
    stale.setValidUntil(Instant.now().minus(1, ChronoUnit.DAYS).truncatedTo(ChronoUnit.MILLIS));
    apply(stale);
    goesElsewhereBecause("POLICY_STALE");

    PolicyBundle forged = shippedAs("forged");
    forged.setPublishedAt(Instant.now().truncatedTo(ChronoUnit.MILLIS));
    BundleSignature.sign(forged, key);
    forged.setRules(List.of());
    probe.publish(forged);
    goesElsewhereBecause("POLICY_BAD_SIGNATURE");

    apply(shippedAs("anew"));
    awaitLuna(decision -> decision.getPermitted().contains(LUNA));

    probe.publish(first);
    await()
        .atMost(StackProbe.PATIENCE)
        .until(() -> probe.metrics().contains("dualtrack_topology_policies_refused_total 1.0"));
    String asked = probe.ask("acme", "gpt-5.6-luna", "under which policy?");
    assertThat(probe.result(asked).getOffering()).isEqualTo(LUNA);
    assertThat(probe.decision(asked).getPolicyVersion()).isEqualTo("anew");
  }

  /** No case of the twelve: what a hard budget does to callers, and what finance sees of it. */
  @Test
  void aHardBudgetHoldsWhileManyCallAtOnceAndAChangedOneAtOnce() throws Exception {
    ApiKey key = ApiKey.create();
    applyBudget(key, "0.10");
    awaitStatus(key, 200);
    probe.behave(OPUS, "{\"latency_ms\":2000}");

    List<HttpResponse<String>> answers = callAtOnce(key, 16);

    probe.behave(OPUS, "{}");
    assertThat(answers).extracting(HttpResponse::statusCode).containsOnly(200, 429);
    assertThat(answers)
        .filteredOn(answer -> answer.statusCode() == 429)
        .allSatisfy(refused -> assertThat(refused.body()).contains("insufficient_quota"));
    JsonNode after =
        await()
            .atMost(StackProbe.PATIENCE)
            .until(RunningCasesIT::balance, line -> usd(line, "reserved_usd").signum() == 0);
    assertThat(usd(after, "committed_usd")).isPositive();
    assertThat(usd(after, "left_usd"))
        .isPositive()
        .isEqualByComparingTo(usd(after, "limit_usd").subtract(usd(after, "committed_usd")));
    assertThat(probe.balances(THRIFTY))
        .isNotEmpty()
        .allSatisfy(
            told ->
                assertThat(told.getSpent().add(told.getReserved()))
                    .isLessThanOrEqualTo(new BigDecimal("0.10")));

    applyBudget(key, "0.00000001");
    awaitStatus(key, 429);
    applyBudget(key, "7.00");
    awaitStatus(key, 200);
    assertThat(usd(balance(), "limit_usd")).isEqualByComparingTo("7");
  }

  /** From an alert to a refusal and back, as a fraud analyst goes. */
  @Test
  void accountsOfAClusterAreShownSuspendedAndReleasedWhileTheStackRuns() throws Exception {
    ApiKey held = ApiKey.create();
    Path file = Files.writeString(folder.resolve("watched.yaml"), tenant(WATCHED, held, ""));
    assertThat(execute(new ControlCommand(), "apply", file.toString())).startsWith("applied 1");
    awaitStatus(held, 200);
    String account = WATCHED + "-web";
    probe.publish(alertAbout(account, "c1-1"));

    whoFollowsIsToldWhatThereWasAndWhatComes(account);
    assertThat(execute(new AlertsCommand())).contains("c1");
    assertThat(execute(new AbuseCommand(), "show", "c1"))
        .contains(account, "5 of 5 accounts share a card")
        .containsPattern("payment +5b01c4d7aa930001 +5");
    assertThat(execute(new AbuseCommand(), "exemptions", "--json"))
        .contains("\"approver\"", "\"reason\"");

    String[] act = {"act", "c1", "--reason", "case 17", "--as", "ann"};
    assertThat(execute(new AbuseCommand(), with(act, "--action", "suspend")))
        .contains("suspend of 1 accounts");
    awaitStatus(held, 403);
    assertThat(probe.call(held.key(), CHAT).join().body()).doesNotContain("case 17");

    assertThat(execute(new AbuseCommand(), with(act, "--action", "throttle", "--per-minute", "1")))
        .contains("throttle of 1 accounts");
    assertThat(execute(new AbuseCommand(), with(act, "--undo", "--action", "suspend")))
        .contains("undone");
    awaitStatus(held, 429);
    HttpResponse<String> throttled = probe.call(held.key(), CHAT).join();
    assertThat(throttled.headers().firstValue("Retry-After")).isPresent();

    assertThat(execute(new AbuseCommand(), with(act, "--undo"))).contains("undone");
    awaitStatus(held, 200);
    assertThat(execute(new AbuseCommand(), "show", "c1")).contains("case 17", "ann");
  }

  private static AbuseAlert alertAbout(String account, String id) {
    return AbuseAlert.newBuilder()
        .setAlertId(id)
        .setKind(AlertKind.CLUSTER)
        .setClusterId("c1")
        .setRaisedAt(Instant.now().truncatedTo(ChronoUnit.MILLIS))
        .setScore(0.9)
        .setAccountsAdded(List.of(account))
        .setTenantsAdded(List.of(WATCHED))
        .setAccountCount(1)
        .setEvidence(List.of(new Evidence("S4", "5 of 5 accounts share a card")))
        .setShared(List.of(new SharedResource("payment", "5b01c4d7aa930001", 5)))
        .setRecommendedAction(RecommendedAction.SUSPEND)
        .build();
  }

  private static void whoFollowsIsToldWhatThereWasAndWhatComes(String account) throws Exception {
    StringWriter out = new StringWriter();
    Thread follower =
        new Thread(() -> execute(out, new AlertsCommand(), "--follow", "--json"), "follow alerts");
    follower.start();
    await().atMost(StackProbe.PATIENCE).until(() -> out.toString().contains("\"c1\""));

    probe.publish(alertAbout(account, "c1-2"));

    await().atMost(StackProbe.PATIENCE).until(() -> out.toString().contains("\"c1-2\""));
    follower.interrupt();
    follower.join(StackProbe.PATIENCE.toMillis());
    assertThat(follower.isAlive()).isFalse();
  }

  /** Texts are where they are needed; the jobs never see them, and nobody logs them. */
  @Test
  void noPromptIsInACheckpointOfAJobOrInALog() throws Exception {
    String canary = "canary-9b3e";
    InferenceResult unused = probe.result(probe.ask("acme", "llama-3.1-405b", canary));
    Path data = folder.resolve("data");
    for (String job : List.of("cost", "abuse")) {
      Path checkpoints = data.resolve("flink").resolve(job);
      Path latest = checkpoints;
      // The one that is there, one that may have begun before the exchange came, and one more.
      for (int i = 0; i < 3; i++) {
        Path known = latest;
        latest =
            await()
                .atMost(StackProbe.PATIENCE)
                // One is deleted while it is looked at.
                .ignoreExceptionsInstanceOf(UncheckedIOException.class)
                .until(
                    () -> Checkpoints.latest(checkpoints).orElse(known),
                    found -> !found.equals(known));
      }
      assertThat(filesWith(canary, checkpoints)).isEmpty();
    }
    assertThat(filesWith(canary, data.resolve("logs"))).isEmpty();
    assertThat(filesWith(canary, data.resolve("kafka"))).as("where texts belong").isNotEmpty();
  }

  /** Of what is replaced meanwhile what came in its place is looked at. */
  private static List<Path> filesWith(String text, Path folder) throws Exception {
    List<Path> with = new ArrayList<>();
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            try {
              if (!file.toString().endsWith("index")
                  && new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
                      .contains(text)) {
                with.add(file);
              }
            } catch (IOException gone) {
              return FileVisitResult.CONTINUE;
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException gone) {
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, IOException gone) {
            return FileVisitResult.CONTINUE;
          }
        });
    return with;
  }

  /** A regression that is there when a fifth of the requests goes to the target. */
  @Test
  void aMoveGoesBackByItselfWhereItsTargetFails() throws Exception {
    String[] start = {"start", "--from", TERRA, "--to", MIXTRAL, "--tenant", "acme"};
    assertThat(
            execute(
                new MoveCommand(),
                with(start, "--steps", "20,50,100", "--reason", "cheaper", "--as", "ann")))
        .contains("is started");
    RoutingDecision moved =
        probe.awaitDecision(
            "acme",
            "gpt-5.6-terra",
            decision -> decision.getMove() != null && decision.getMove().getMoved());
    assertThat(moved.getPermitted()).startsWith(MIXTRAL, TERRA);
    assertThat(probe.result(moved.getRequestId()).getOffering()).isEqualTo(MIXTRAL);

    probe.behave(MIXTRAL, "{\"status\":500}");
    List<String> asked = new ArrayList<>();
    // A fifth of them is as many calls as it takes.
    for (int i = 0; i < 120; i++) {
      asked.add(probe.ask("acme", "gpt-5.6-terra", UUID.randomUUID().toString()));
    }
    await()
        .atMost(StackProbe.PATIENCE)
        .pollDelay(Duration.ZERO)
        .until(
            () -> {
              probe.ask("acme", "gpt-5.6-terra", UUID.randomUUID().toString());
              return execute(new MoveCommand(), "status").contains("RETURNED");
            });

    probe.awaitDecision("acme", "gpt-5.6-terra", decision -> decision.getMove() == null);
    String move = TERRA + "-to-" + MIXTRAL;
    List<String> failedFirst =
        asked.stream()
            .filter(id -> RequestShare.draws(move, id, BigDecimal.valueOf(20)))
            .limit(3)
            .toList();
    for (String id : failedFirst) {
      assertThat(probe.result(id).getOffering()).isEqualTo(TERRA);
    }
    assertThat(execute(new MoveCommand(), "status")).contains("calls to " + MIXTRAL + " failed");
    probe.behave(MIXTRAL, "{}");
  }

  /** By the ordinary way, and by the one offering only. */
  @Test
  void anOfferingIsProbedAsACallersRequestsAre() throws Exception {
    long before = probe.calls(GLM);

    String report = execute(new RedTeamCommand(), "--offering", GLM, "--tenant", "acme", "--json");

    long probes = 0;
    for (JsonNode kind : new ObjectMapper().readTree(report).path("kinds")) {
      // The sandbox obeys nobody.
      assertThat(kind.path("failed").asLong()).isZero();
      assertThat(kind.path("unanswered").asLong()).isZero();
      probes += kind.path("answered").asLong();
    }
    assertThat(probes).isGreaterThanOrEqualTo(20);
    assertThat(probe.calls(GLM) - before).isEqualTo(probes);
  }

  private static String[] with(String[] arguments, String... more) {
    return Stream.concat(Arrays.stream(arguments), Arrays.stream(more)).toArray(String[]::new);
  }

  private static void applyBudget(ApiKey key, String amount) throws Exception {
    Path file = folder.resolve("thrifty.yaml");
    Files.writeString(
        file, tenant(THRIFTY, key, "budgets: [{amount: %s, hard: true}]".formatted(amount)));
    assertThat(execute(new ControlCommand(), "apply", file.toString())).startsWith("applied 1");
  }

  private static String tenant(String id, ApiKey key, String more) {
    return """
    tenants:
      - id: %1$s
        name: A tenant
        status: ACTIVE
        controller_country: DE
        jurisdictions: [EU]
        data_classes: []
        processing_regions: [EU]
        transfer_mechanisms: [SCC]
        models: [{model: claude-opus-4.8}]
        cache: {enabled: false, ttl_seconds: 0, sampled: false}
        %2$s
        accounts:
          - {id: %1$s-web, key_prefix: %3$s, key_hash: '%4$s', created_at: 2026-01-01}
    """
        .formatted(id, more, key.prefix(), key.hash());
  }

  /** How the budget stands by {@code cost budgets}. */
  private static JsonNode balance() throws Exception {
    JsonNode json = new ObjectMapper().readTree(execute(new CostCommand(), "budgets", "--json"));
    for (JsonNode line : json.path("budgets")) {
      if (line.path("tenant").asText().equals(THRIFTY)) {
        return line;
      }
    }
    throw new AssertionError("no budget of " + THRIFTY + " in " + json);
  }

  private static BigDecimal usd(JsonNode line, String column) {
    return new BigDecimal(line.path(column).asText());
  }

  private static String execute(Object command, String... arguments) {
    return execute(new StringWriter(), command, arguments);
  }

  private static String execute(StringWriter out, Object command, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--stack", stack.address().http().toString()));
    int unused =
        new CommandLine(command)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(out))
            .execute(all.toArray(String[]::new));
    return out.toString();
  }

  private static void awaitStatus(ApiKey key, int status) {
    await()
        .atMost(StackProbe.PATIENCE)
        .pollDelay(Duration.ZERO)
        .until(() -> probe.call(key.key(), CHAT).join().statusCode() == status);
  }

  private static List<HttpResponse<String>> callAtOnce(ApiKey key, int calls) {
    return IntStream.range(0, calls).mapToObj(i -> probe.call(key.key(), CHAT)).toList().stream()
        .map(CompletableFuture::join)
        .toList();
  }

  private static void goesElsewhereBecause(String code) {
    RoutingDecision decision = awaitLuna(each -> codes(each, LUNA).contains(code));

    assertThat(decision.getPermitted()).isNotEmpty().doesNotContain(LUNA);
    assertThat(probe.result(decision.getRequestId()).getOffering()).isNotEqualTo(LUNA);
  }

  private static RoutingDecision awaitLuna(Predicate<RoutingDecision> wanted) {
    return probe.awaitDecision("acme", "gpt-5.6-luna", wanted);
  }

  private static void apply(PolicyBundle bundle) {
    control.publish(new ControlSet(List.of(), List.of(), List.of(bundle), List.of()), key, "ann");
  }

  private static PolicyBundle shippedAs(String version) {
    PolicyBundle bundle = ShippedControl.read().policies().get(0);
    bundle.setVersion(version);
    return bundle;
  }

  private static void suspend(SuspensionScope scope, String id) throws Exception {
    Outcome outcome = command(scope, id, ExportState.SUSPENDED, "ann");
    awaitEpoch(((Outcome.Applied) outcome).suspension().getEpoch());
  }

  private static Outcome command(SuspensionScope scope, String id, ExportState state, String actor)
      throws Exception {
    return control.command(new KillSwitch.Command(scope, id, state, List.of(), "a letter", actor));
  }

  private static void awaitEpoch(long epoch) {
    probe.awaitDecision(
        "acme", "llama-3.1-405b", decision -> decision.getSuspensionEpoch() >= epoch);
  }

  private static ControlSet withSolo(ControlSet shipped) {
    Tenant acme =
        shipped.tenants().stream()
            .filter(each -> each.getId().equals("acme"))
            .findFirst()
            .orElseThrow();
    Tenant solo =
        Tenant.newBuilder(acme)
            .setId(SOLO)
            .setModels(
                List.of(
                    ModelContract.newBuilder()
                        .setModel("gpt-5.6-sol")
                        .setSubstitutes(List.of())
                        .build()))
            .setAccounts(List.of(Account.newBuilder().setId(SOLO + "-batch").build()))
            .build();
    return shipped.with(new ControlSet(List.of(solo), List.of(), List.of(), List.of()));
  }

  private static Rule nobodyMayUse(String model) {
    return Rule.newBuilder()
        .setId("nobody")
        .setVersion(1)
        .setSource("house")
        .setConfidence(RuleConfidence.HOUSE)
        .setEffect(RuleEffect.DENY)
        .setCondition("offering_model == '%s'".formatted(model))
        .setCode("NOBODY")
        .setReason("nobody may use it")
        .setOwner("compliance")
        .setEffectiveFrom(Instant.EPOCH)
        .build();
  }

  private static List<String> codes(InferenceResult result) {
    return result.getReasons().stream().map(Reason::getCode).toList();
  }

  private static List<String> codes(RoutingDecision decision, String offering) {
    return decision.getCandidates().stream()
        .filter(each -> each.getOffering().equals(offering))
        .flatMap(each -> each.getReasons().stream())
        .map(Reason::getCode)
        .toList();
  }
}
