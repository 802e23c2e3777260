package io.dualtrack.local.cases;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.VolumeState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Requests under states of the control records, and the decisions that are expected.
 *
 * @param place file and line that it begins at
 */
public record PolicyCase(String name, String place, List<Step> steps) {

  /**
   * One decision.
   *
   * @param state everything in force at this step
   */
  record Step(
      String place,
      Instant at,
      ControlSet state,
      List<Suspension> suspensions,
      List<VolumeState> volumes,
      Asked asked,
      Expected expected) {}

  /**
   * A request.
   *
   * @param body with the caller's metadata
   * @param known what the producer knows beside the body
   * @param tried offerings that failed for it before
   */
  record Asked(
      String tenant,
      String account,
      ObjectNode body,
      List<Attribute> known,
      Optional<String> address,
      List<String> tried) {}

  /**
   * What is expected; what is empty is not looked at.
   *
   * @param decision permitted or refused
   * @param permitted all that may be used, in order
   * @param first what is used first
   * @param rejected codes that the reasons against an offering hold, by offering
   * @param reasons codes that a refusal's reasons hold
   * @param obligations kinds of duties of the offering that is used first
   * @param lifted exemptions that lifted something
   * @param alerts rules that alert
   * @param sends texts that the body holds that is sent
   * @param hides texts that it does not hold
   */
  record Expected(
      Optional<String> decision,
      Optional<List<String>> permitted,
      Optional<String> first,
      Map<String, List<String>> rejected,
      List<String> reasons,
      Optional<List<String>> obligations,
      List<String> lifted,
      Optional<List<String>> alerts,
      List<String> jurisdictions,
      List<String> sends,
      List<String> hides) {}
}
