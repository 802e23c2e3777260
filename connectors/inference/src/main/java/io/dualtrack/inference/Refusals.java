package io.dualtrack.inference;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.adapter.Adapter;
import io.dualtrack.inference.adapter.Json;
import io.dualtrack.inference.adapter.Preparation.Impossible;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.ServiceClass;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What of a request an offering cannot do, as the adapter says that would prepare its call. There
 * is no second list of it, and nobody is called.
 */
public final class Refusals {

  private static final Pattern INDEX = Pattern.compile("\\[\\d+]");

  private static final String NOWHERE = "nowhere";

  private final Offering offering;
  private final Adapter adapter;

  /**
   * @throws IllegalArgumentException if no dispatcher speaks the offering's dialect
   */
  public Refusals(Offering offering) {
    // Where it is and what its key is are the dispatcher's to know.
    this.offering = Offering.newBuilder(offering).setEndpoint(NOWHERE).setKeyVariable(null).build();
    this.adapter =
        Dialects.adapters(Dialects.nowhere(), InstantSource.system()).stream()
            .filter(each -> each.dialect().equals(offering.getDialect()))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "no dispatcher speaks the dialect " + offering.getDialect()));
  }

  /**
   * The parameters that would end an order, by name: {@code n}, {@code messages[].content[].type};
   * an endpoint that the offering does not answer by its path. An adapter names the first that it
   * finds, so what was named is taken away and it is asked again; what stands in the messages
   * beside what is refused there may stay unknown.
   *
   * @param endpoint path of OpenAI's endpoint
   * @param body in OpenAI's form, without Dualtrack's own metadata
   */
  public Set<String> of(String endpoint, ObjectNode body) {
    Set<String> refused = new TreeSet<>();
    ObjectNode left = body.deepCopy();
    boolean asksOn = true;
    while (asksOn
        && adapter.prepare(order(endpoint, left), offering) instanceof Impossible impossible
        && impossible.refused() != null) {
      refused.add(INDEX.matcher(impossible.refused()).replaceAll("[]"));
      asksOn = left.remove(impossible.refused().split("[.\\[]", 2)[0]) != null;
    }
    return refused;
  }

  private DispatchOrder order(String endpoint, ObjectNode body) {
    return DispatchOrder.newBuilder()
        .setOrderId("")
        .setCacheKey("")
        .setFlight("")
        .setRequestId("")
        .setTenant("")
        .setAccount("")
        .setOffering(offering.getId())
        .setLane(offering.getLane())
        .setServiceClass(ServiceClass.BATCH)
        .setAttempt(1)
        .setEndpoint(endpoint)
        .setBody(Json.string(body))
        .setSuspensionEpoch(0)
        .setCreatedAt(Instant.EPOCH)
        .setDeadline(Instant.EPOCH)
        .build();
  }
}
