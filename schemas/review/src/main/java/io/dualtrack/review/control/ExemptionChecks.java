package io.dualtrack.review.control;

import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.ExemptionKind;
import java.time.Duration;
import java.util.regex.Pattern;

/** What a schema cannot say of exemptions from the search for abuse. */
final class ExemptionChecks {

  /** Of fewer words everybody's prompt may begin. */
  private static final int FEWEST_WORDS = 12;

  /** After that it is to be looked at again. */
  private static final Duration LONGEST = Duration.ofDays(366);

  private static final Pattern WORD = Pattern.compile("\\p{L}[\\p{L}\\p{N}]*");

  private final Places places;
  private final FieldChecks fields;

  ExemptionChecks(Places places, FieldChecks fields) {
    this.places = places;
    this.fields = fields;
  }

  void check(AbuseExemption exemption) {
    fields.id(exemption, exemption.getId());
    fields.period(exemption, exemption.getEffectiveFrom(), exemption.getEffectiveTo());
    if (exemption.getEffectiveTo().isAfter(exemption.getEffectiveFrom().plus(LONGEST))) {
      places.problem(
          exemption,
          "effective_to",
          "'effective_to' is more than a year after 'effective_from'",
          "let it end within a year, and look at it again then");
    }
    says(exemption, "reason", exemption.getReason());
    says(exemption, "approver", exemption.getApprover());
    switch (exemption.getKind()) {
      case PUBLIC_TEXT -> text(exemption);
      case ORGANISATION -> organisation(exemption);
      case UNKNOWN ->
          places.problem(
              exemption,
              "kind",
              "'kind' cannot be 'UNKNOWN'",
              "write PUBLIC_TEXT or " + ExemptionKind.ORGANISATION);
    }
  }

  private void text(AbuseExemption exemption) {
    String text = exemption.getText() == null ? "" : exemption.getText();
    if (WORD.matcher(text).results().limit(FEWEST_WORDS).count() < FEWEST_WORDS) {
      places.problem(
          exemption,
          "text",
          "'text' has fewer than %d words".formatted(FEWEST_WORDS),
          "give the published text from its beginning");
    }
    if (exemption.getTenant() != null || exemption.getPayment() != null) {
      places.problem(
          exemption,
          exemption.getTenant() == null ? "payment" : "tenant",
          "a PUBLIC_TEXT is of nobody",
          "leave 'tenant' and 'payment' out, or write an ORGANISATION");
    }
  }

  private void organisation(AbuseExemption exemption) {
    if (exemption.getTenant() == null && exemption.getPayment() == null) {
      places.problem(
          exemption,
          "kind",
          "an ORGANISATION without 'tenant' and 'payment' is everybody",
          "name one of them");
    }
    if (exemption.getText() != null) {
      places.problem(
          exemption,
          "text",
          "an ORGANISATION has no 'text'",
          "leave it out, or write a PUBLIC_TEXT");
    }
  }

  private void says(AbuseExemption exemption, String key, String value) {
    if (value.isBlank()) {
      places.problem(exemption, key, "'%s' is blank".formatted(key), "say it");
    }
  }
}
