package io.dualtrack.local.cases;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.local.cases.PolicyCase.Asked;
import io.dualtrack.local.cases.PolicyCase.Expected;
import io.dualtrack.local.cases.PolicyCase.Step;
import io.dualtrack.policy.Decider;
import io.dualtrack.policy.Decision;
import io.dualtrack.policy.control.ControlState;
import io.dualtrack.policy.control.TenantContract;
import io.dualtrack.policy.jurisdiction.JurisdictionTagger;
import io.dualtrack.policy.jurisdiction.JurisdictionTagger.Tagging;
import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.Obligation;
import io.dualtrack.schemas.Reason;
import io.dualtrack.topology.jurisdiction.AddressCountries;
import io.dualtrack.topology.policy.Handling;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Makes the decisions of cases, with the very code that the topology decides with. */
public final class CaseRun {

  private static final String PERMITTED = "permitted";
  private static final String REFUSED = "refused";

  private final AddressCountries addresses;
  private final JurisdictionTagger tagger = new JurisdictionTagger();

  /** What was decided, beside the body that would be sent. */
  private record Made(
      Decision decision, List<String> jurisdictions, Set<String> alerts, String body) {}

  public CaseRun(AddressCountries addresses) {
    this.addresses = addresses;
  }

  /** What came out otherwise than expected, a sentence each; empty where the case holds. */
  public List<String> failures(PolicyCase tested) {
    List<String> failures = new ArrayList<>();
    for (Step step : tested.steps()) {
      compare(step, make(step), failures);
    }
    return failures;
  }

  private Made make(Step step) {
    Asked asked = step.asked();
    ControlState control =
        ControlState.holding(
            step.state().tenants(),
            step.state().offerings(),
            step.state().policies(),
            step.suspensions(),
            step.volumes());
    ObjectNode body = asked.body().deepCopy();
    Optional<TenantContract> contract = control.snapshot().tenant(asked.tenant());
    Optional<Account> account = contract.flatMap(each -> each.account(asked.account()));
    if (account.isEmpty()) {
      return none("built-in:admission", "UNKNOWN_ACCOUNT", "nobody of that name is known");
    }
    Tagging tagging =
        tagger.tag(
            contract.get().tenant(),
            account.get(),
            body.path("model").asText(),
            asked.known(),
            addresses.of(asked.address().orElse(null)),
            body);
    if (tagging instanceof Tagging.Unclear unclear) {
      return none("built-in:metadata", "METADATA_INVALID", unclear.problem());
    }
    Tagging.Tagged tagged = (Tagging.Tagged) tagging;
    Decision decision =
        new Decider(control).decide(tagged.profile(), step.at()).decision().without(asked.tried());
    Handling.of(decision).apply(body, null, contract.get().tenant().getComplianceInstruction());
    Set<String> alerting = new LinkedHashSet<>(rejecting(decision));
    alerting.retainAll(control.snapshot().alertingRules());
    return new Made(decision, tagged.profile().jurisdictions(), alerting, body.toString());
  }

  private static Made none(String rule, String code, String text) {
    return new Made(
        new Decision.Refused(List.of(), List.of(new Reason(rule, code, text))),
        List.of(),
        Set.of(),
        "");
  }

  private static Set<String> rejecting(Decision decision) {
    return decision.candidates().stream()
        .flatMap(candidate -> candidate.getReasons().stream())
        .map(Reason::getRule)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static void compare(Step step, Made made, List<String> failures) {
    Expected expected = step.expected();
    Decision decision = made.decision();
    List<String> permitted =
        decision instanceof Decision.Permitted some ? some.permitted() : List.of();
    String what = permitted.isEmpty() ? REFUSED : PERMITTED;
    Differences found = new Differences(step.place(), failures);
    expected.decision().ifPresent(each -> found.equal("decision", each, what));
    expected.permitted().ifPresent(each -> found.equal("permitted", each, permitted));
    expected
        .first()
        .ifPresent(
            each -> found.equal("first", each, permitted.isEmpty() ? "none" : permitted.get(0)));
    expected
        .rejected()
        .forEach(
            (offering, codes) ->
                found.holds("rejected " + offering, codes, codesAgainst(decision, offering)));
    if (!expected.reasons().isEmpty()) {
      found.holds("reasons", expected.reasons(), refusal(decision));
    }
    expected
        .obligations()
        .ifPresent(each -> found.equal("obligations", each, obligations(decision, permitted)));
    found.holds("lifted", expected.lifted(), lifted(decision));
    expected.alerts().ifPresent(each -> found.equal("alerts", each, List.copyOf(made.alerts())));
    if (!expected.jurisdictions().isEmpty()) {
      found.equal("jurisdictions", expected.jurisdictions(), made.jurisdictions());
    }
    for (String text : expected.sends()) {
      found.isTrue("the body sent does not hold '%s'".formatted(text), made.body().contains(text));
    }
    for (String text : expected.hides()) {
      found.isTrue("the body sent holds '%s'".formatted(text), !made.body().contains(text));
    }
  }

  private static List<String> codesAgainst(Decision decision, String offering) {
    return decision.candidates().stream()
        .filter(candidate -> candidate.getOffering().equals(offering))
        .flatMap(candidate -> candidate.getReasons().stream())
        .map(Reason::getCode)
        .distinct()
        .toList();
  }

  private static List<String> refusal(Decision decision) {
    return decision instanceof Decision.Refused refused
        ? refused.reasons().stream().map(Reason::getCode).distinct().toList()
        : List.of();
  }

  private static List<String> obligations(Decision decision, List<String> permitted) {
    return decision.candidates().stream()
        .filter(
            candidate -> !permitted.isEmpty() && candidate.getOffering().equals(permitted.get(0)))
        .flatMap(candidate -> candidate.getObligations().stream())
        .map(Obligation::getKind)
        .map(Enum::name)
        .distinct()
        .sorted()
        .toList();
  }

  private static List<String> lifted(Decision decision) {
    return decision.candidates().stream()
        .map(Candidate::getLifted)
        .flatMap(List::stream)
        .map(Reason::getRule)
        .flatMap(rule -> Stream.of(rule, rule.substring(rule.indexOf(':') + 1)))
        .distinct()
        .toList();
  }

  /** Collects what differs, with the place of the step. */
  private record Differences(String place, List<String> failures) {

    void equal(String what, Object expected, Object actual) {
      isTrue("%s: expected %s, was %s".formatted(what, expected, actual), expected.equals(actual));
    }

    void holds(String what, Collection<String> expected, Collection<String> actual) {
      isTrue(
          "%s: expected %s among %s".formatted(what, expected, actual),
          actual.containsAll(expected));
    }

    void isTrue(String otherwise, boolean truth) {
      if (!truth) {
        failures.add(place + ": " + otherwise);
      }
    }
  }
}
