package io.dualtrack.topology.jurisdiction;

import io.dualtrack.policy.jurisdiction.JurisdictionTagger;
import io.dualtrack.policy.jurisdiction.JurisdictionTagger.Tagging;
import io.dualtrack.schemas.Reason;
import io.dualtrack.topology.TopologyMeters;
import io.dualtrack.topology.admission.AdmittedRequest;
import io.dualtrack.topology.admission.FactsOf;
import io.dualtrack.topology.settlement.Ending;
import io.dualtrack.topology.settlement.Outbox;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Second stage: finds the law that binds a request. */
public final class JurisdictionProcessor implements Processor<String, Object, String, Object> {

  private final String group;
  private final String next;
  private final TopologyMeters meters;
  private final AddressCountries addresses;
  private final Origins origins;
  private final JurisdictionTagger tagger = new JurisdictionTagger();
  private ProcessorContext<String, Object> context;
  private Outbox outbox;

  /**
   * @param next name of the node that tagged requests go to
   */
  public JurisdictionProcessor(
      String group,
      String next,
      AddressCountries addresses,
      Origins origins,
      TopologyMeters meters) {
    this.addresses = addresses;
    this.origins = origins;
    this.group = group;
    this.next = next;
    this.meters = meters;
  }

  @Override
  public void init(ProcessorContext<String, Object> context) {
    this.context = context;
    this.outbox = new Outbox(context, group, meters);
  }

  @Override
  public void process(Record<String, Object> record) {
    AdmittedRequest admitted = (AdmittedRequest) record.value();
    String address = admitted.request().getClientAddress();
    Tagging tagging =
        tagger.tag(
            admitted.contract().tenant(),
            admitted.account(),
            admitted.model(),
            admitted.request().getAttributes(),
            addresses.of(address),
            admitted.body());
    if (tagging instanceof Tagging.Tagged tags) {
      // The address has told what it may; later stages cannot pass on what they do not have.
      Origin origin = origins.of(address, tags.profile().ipCountry());
      admitted.request().setClientAddress(null);
      context.forward(record.withValue(new TaggedRequest(admitted, tags, origin)), next);
    } else if (admitted.request().getWithdrawn()) {
      meters.withdrawnInVain();
    } else if (tagging instanceof Tagging.Unclear unclear) {
      Reason reason = new Reason("built-in:metadata", "METADATA_INVALID", unclear.problem());
      Instant now = Instant.ofEpochMilli(context.currentSystemTimeMs());
      outbox.end(Ending.refused(FactsOf.admitted(admitted), 400, List.of(reason), now));
    }
  }
}
