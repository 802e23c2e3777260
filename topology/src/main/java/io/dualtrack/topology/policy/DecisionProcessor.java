package io.dualtrack.topology.policy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.bodies.AbuseExemptions;
import io.dualtrack.bodies.FeatureExtractor;
import io.dualtrack.policy.Decider;
import io.dualtrack.policy.Decision;
import io.dualtrack.policy.control.ControlSnapshot;
import io.dualtrack.policy.control.ControlState;
import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.CacheContract;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.schemas.RoutedRequest;
import io.dualtrack.schemas.TextSeal;
import io.dualtrack.schemas.TextSubject;
import io.dualtrack.topology.TopologyMeters;
import io.dualtrack.topology.admission.Admission;
import io.dualtrack.topology.admission.AdmittedRequest;
import io.dualtrack.topology.admission.FactsOf;
import io.dualtrack.topology.audit.AuditRecords;
import io.dualtrack.topology.budget.Demand;
import io.dualtrack.topology.cache.RequestKeys;
import io.dualtrack.topology.jurisdiction.TaggedRequest;
import io.dualtrack.topology.settlement.Ending;
import io.dualtrack.topology.settlement.Outbox;
import io.dualtrack.topology.throttle.ThrottleProcessor;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Third stage: decides which offerings a request may use, and writes the decision down. */
public final class DecisionProcessor implements Processor<String, Object, String, Object> {

  private static final Logger LOG = LoggerFactory.getLogger(DecisionProcessor.class);
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;

  private final String group;
  private final String next;
  private final String throttled;
  private final ControlState control;
  private final FeatureExtractor features;
  private final TextSeal texts;
  private final AuditRecords audit;
  private final TopologyMeters meters;
  private final Decider decider;
  private ProcessorContext<String, Object> context;
  private Outbox outbox;
  private List<AbuseExemption> exempted = List.of();
  private AbuseExemptions exemptions;

  /**
   * @param next name of the node that permitted requests go to
   * @param throttled name of the node that those of throttled accounts go to
   * @param texts says whether accounts of a tenant may share answers
   */
  public DecisionProcessor(
      String group,
      String next,
      String throttled,
      ControlState control,
      FeatureExtractor features,
      TextSeal texts,
      AuditRecords audit,
      TopologyMeters meters) {
    this.group = group;
    this.next = next;
    this.throttled = throttled;
    this.control = control;
    this.features = features;
    this.texts = texts;
    this.audit = audit;
    this.meters = meters;
    this.decider = new Decider(control);
    this.exemptions = new AbuseExemptions(exempted, features);
  }

  @Override
  public void init(ProcessorContext<String, Object> context) {
    this.context = context;
    this.outbox = new Outbox(context, group, meters);
  }

  @Override
  public void process(Record<String, Object> record) {
    TaggedRequest tagged = (TaggedRequest) record.value();
    AdmittedRequest admitted = tagged.admitted();
    Instant now = Instant.ofEpochMilli(context.currentSystemTimeMs());
    Decider.Ruling ruling =
        decider.decide(
            admitted.request().getRequestId(),
            admitted.request().getAccount(),
            tagged.tags().profile(),
            now);
    // Before anything is made of the body: what must not be sent is in no key, feature or order.
    Handling handling = Handling.of(ruling.decision());
    InferenceRequest request = admitted.request();
    request.setLarge(handling.fit(request.getLarge()));
    boolean changed =
        handling.apply(
            admitted.body(),
            request.getLarge(),
            admitted.contract().tenant().getComplianceInstruction());
    RequestKeys keys =
        RequestKeys.of(
            admitted.body(),
            request.getLarge(),
            request.getEndpoint(),
            tagged.tags().profile(),
            sharing(request));
    RequestFacts facts = FactsOf.tagged(tagged, keys);
    facts.setMove(ruling.move());
    addFeatures(facts, admitted);
    exempt(facts, ruling.control(), now);

    if (request.getWithdrawn()) {
      // Nothing is decided: the same way leads to where the request waits.
      withdraw(record, admitted, facts, keys, ruling, now);
      return;
    }
    alert(facts, ruling);
    outbox.audit(audit.of(facts, 1, ruling.control(), ruling.decision(), now));
    if (ruling.decision() instanceof Decision.Refused refused) {
      outbox.end(Ending.refused(facts, statusOf(refused), refused.reasons(), now));
    } else if (ruling.decision() instanceof Decision.Permitted permitted) {
      RoutedRequest routed =
          routed(
              tagged,
              facts,
              keys,
              ruling,
              permitted,
              handling,
              changed || tagged.tags().bodyChanged());
      send(record, routed, admitted, now);
    }
  }

  /** One account's answer is not another's where each has a key of its own. */
  private TextSubject sharing(InferenceRequest request) {
    return texts.bySubject(request.getTenant())
        ? new TextSubject(request.getTenant(), request.getAccount())
        : TextSubject.of(request.getTenant());
  }

  /** What is throttled or held by a hard budget goes by there, and so does what takes it back. */
  private void send(
      Record<String, Object> record, RoutedRequest routed, AdmittedRequest admitted, Instant now) {
    RequestFacts facts = routed.getFacts();
    boolean held = !admitted.contract().hardBudgets(facts.getCostCentre()).isEmpty();
    if (held) {
      facts.setHold(Demand.of(admitted.body(), facts.getLarge(), facts.getEndpoint()));
    }
    if (control.actions().throttle(facts.getTenant(), facts.getAccount(), now).isPresent()) {
      context.forward(record.withKey(ThrottleProcessor.key(facts)).withValue(routed), throttled);
    } else if (held) {
      outbox.ask(routed, now);
    } else {
      context.forward(record.withKey(routed.getCacheKey()).withValue(routed), next);
    }
  }

  private void withdraw(
      Record<String, Object> record,
      AdmittedRequest admitted,
      RequestFacts facts,
      RequestKeys keys,
      Decider.Ruling ruling,
      Instant now) {
    RoutedRequest withdrawn =
        RoutedRequest.newBuilder()
            .setFacts(facts)
            .setCacheKey(keys.cacheKey())
            .setCacheable(false)
            .setCacheTtlSeconds(0)
            .setBody("")
            .setPermitted(List.of())
            .setPolicyVersion(ruling.control().policyVersion())
            .setSuspensionEpoch(ruling.control().suspensions().epoch())
            .setWithdrawn(true)
            .build();
    send(record, withdrawn, admitted, now);
  }

  /** Where a part of the text is in a file, who put it there made the features. */
  private void addFeatures(RequestFacts facts, AdmittedRequest admitted) {
    InferenceRequest request = admitted.request();
    if (request.getLarge() == null) {
      FeatureExtractor.Extracted extracted = features.extractAll(admitted.body());
      facts.setFeatures(extracted.current());
      facts.setEarlierFeatures(extracted.earlier().orElse(null));
    } else {
      facts.setFeatures(request.getFeatures());
      facts.setEarlierFeatures(request.getEarlierFeatures());
    }
  }

  private static RoutedRequest routed(
      TaggedRequest tagged,
      RequestFacts facts,
      RequestKeys keys,
      Decider.Ruling ruling,
      Decision.Permitted permitted,
      Handling handling,
      boolean bodyChanged) {
    AdmittedRequest admitted = tagged.admitted();
    return RoutedRequest.newBuilder()
        .setFacts(facts)
        .setCacheKey(keys.cacheKey())
        .setCacheable(cacheable(tagged, handling))
        .setCacheTtlSeconds(
            handling.cacheSeconds(admitted.contract().tenant().getCache().getTtlSeconds()))
        .setBody(bodyChanged ? admitted.body().toString() : admitted.request().getBody())
        .setPermitted(permitted.permitted())
        .setPolicyVersion(ruling.control().policyVersion())
        .setSuspensionEpoch(ruling.control().suspensions().epoch())
        .build();
  }

  /** Marks what the abuse job is to leave alone, which has no text to know it by. */
  private void exempt(RequestFacts facts, ControlSnapshot known, Instant now) {
    if (known.exemptions() != exempted) {
      exempted = known.exemptions();
      exemptions = new AbuseExemptions(exempted, features);
    }
    exemptions.stamp(facts.getFeatures(), facts.getRelations(), facts.getTenant(), now);
    exemptions.stamp(facts.getEarlierFeatures(), facts.getRelations(), facts.getTenant(), now);
  }

  /** Some rejections are for people to know at once: an embargoed country asks. */
  private void alert(RequestFacts facts, Decider.Ruling ruling) {
    Set<String> alerting = ruling.control().alertingRules();
    if (alerting.isEmpty()) {
      return;
    }
    Set<Reason> alerts = new LinkedHashSet<>();
    for (Candidate candidate : ruling.decision().candidates()) {
      for (Reason reason : candidate.getReasons()) {
        if (alerting.contains(reason.getRule())) {
          alerts.add(reason);
        }
      }
    }
    for (Reason reason : alerts) {
      meters.policyAlert(reason.getRule(), reason.getCode());
      LOG.warn(
          "a rule that alerts rejected a request; requestId={} tenant={} rule={} code={}",
          facts.getRequestId(),
          facts.getTenant(),
          reason.getRule(),
          reason.getCode());
    }
  }

  private static boolean cacheable(TaggedRequest tagged, Handling handling) {
    AdmittedRequest admitted = tagged.admitted();
    CacheContract contract = admitted.contract().tenant().getCache();
    ObjectNode body = admitted.body();
    boolean chat = admitted.request().getEndpoint().equals(Admission.CHAT);
    return contract.getEnabled()
        && !tagged.tags().noStore()
        && !handling.noStore()
        && !body.path("stream").asBoolean()
        && (contract.getSampled() || !chat || !RequestKeys.sampled(body));
  }

  private static int statusOf(Decision.Refused refused) {
    return refused.reasons().get(0).getCode().equals("UNKNOWN_MODEL") ? NOT_FOUND : FORBIDDEN;
  }
}
