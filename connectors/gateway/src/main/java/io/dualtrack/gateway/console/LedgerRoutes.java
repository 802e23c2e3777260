package io.dualtrack.gateway.console;

import static io.dualtrack.gateway.console.Answers.JSON;
import static io.dualtrack.gateway.console.Answers.all;
import static io.dualtrack.gateway.console.Answers.plain;
import static io.dualtrack.gateway.console.Answers.send;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.GatewayContext;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.http.Body;
import io.dualtrack.gateway.http.Call;
import io.dualtrack.gateway.http.Routes;
import io.dualtrack.operations.finance.CostTopics;
import io.dualtrack.operations.finance.WhatIf;
import io.dualtrack.operations.focus.FocusCsv;
import io.dualtrack.operations.focus.FocusSums;
import io.dualtrack.operations.focus.FocusVersion;
import io.dualtrack.schemas.AccessScope;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.prices.PriceBook;
import io.javalin.http.HandlerType;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.YearMonth;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * What is answered from the rows of the ledger, by the rules of {@code dualtrack cost whatif} and
 * {@code cost export}. The rows are read from their topic each time, one question after another:
 * the gateway keeps none of them.
 */
final class LedgerRoutes {

  /** Charges that an export may hold while it adds up: about 100 MB. */
  static final int MOST_CHARGES = 100_000;

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);
  private static final String USUAL_ACCOUNT = "dualtrack";

  private final GatewayContext context;
  private final CostTopics topics;
  private final Semaphore reading = new Semaphore(1);

  LedgerRoutes(GatewayContext context, KafkaAccess kafka) {
    this.context = context;
    this.topics = new CostTopics(kafka, context.registry());
  }

  void addTo(Routes routes) {
    routes.add(
        HandlerType.GET, "/console/api/what-if", AccessScope.FINANCE, Body.none(), this::whatIf);
    routes.add(
        HandlerType.GET, "/console/api/focus.csv", AccessScope.FINANCE, Body.none(), this::focus);
  }

  private void whatIf(Call call) {
    YearMonth month = month(call);
    Map<String, String> moved = new LinkedHashMap<>();
    for (String field : WhatIf.SELECTORS) {
      text(call, field).ifPresent(value -> moved.put(field, value));
    }
    if (moved.isEmpty()) {
      throw Answers.wrong("model", "given, or another of " + WhatIf.SELECTORS, null);
    }
    List<String> offerings = WhatIf.offerings(offerings().values(), text(call, "to").orElse(""));
    if (offerings.isEmpty()) {
      throw Answers.wrong("to", "an offering or a model that there is", null);
    }
    WhatIf whatIf =
        alone(
            () -> {
              PriceBook prices = PriceBook.of(topics.prices(), topics.currencies());
              WhatIf asked = new WhatIf(month, WhatIf.selector(moved), prices, offerings);
              read(month, asked::add);
              asked.finish();
              return asked;
            });
    ObjectNode body = JSON.createObjectNode();
    body.put("month", month.toString());
    body.put("exchanges", whatIf.exchanges());
    body.put("tokens", whatIf.tokens());
    body.put("cost_usd", plain(whatIf.cost()));
    body.put("unpriced_tokens", whatIf.unpricedNow());
    body.set(
        "candidates",
        all(
            whatIf.candidates(),
            each ->
                JSON.createObjectNode()
                    .put("offering", each.offering())
                    .put("cost_usd", plain(each.cost()))
                    .put("saves_usd", plain(whatIf.cost().subtract(each.cost())))
                    .put("unpriced_tokens", each.unpriced())
                    .put("tokens_cached_priced_as_input", each.asInput())
                    .put("tokens_priced_as_standard", each.asStandard())));
    send(call, body);
  }

  private void focus(Call call) throws IOException {
    YearMonth month = month(call);
    FocusVersion version =
        FocusVersion.of(text(call, "version").orElse(FocusVersion.V1_2.number()))
            .orElseThrow(() -> Answers.wrong("version", "1.2 or 1.4", null));
    Map<String, Offering> offerings = offerings();
    FocusCsv format =
        new FocusCsv(
            version,
            text(call, "billing_account").orElse(USUAL_ACCOUNT),
            id -> offerings.containsKey(id) ? offerings.get(id).getProvider() : "unknown");
    FocusSums sums =
        alone(
            () -> {
              FocusSums charges = new FocusSums(month);
              read(
                  month,
                  row -> {
                    charges.add(row);
                    if (charges.held() > MOST_CHARGES) {
                      throw ApiError.conflict(
                              "too_many_charges",
                              "%s has more than %,d charges; `dualtrack cost export` writes them."
                                  .formatted(month, MOST_CHARGES))
                          .toException();
                    }
                  });
              return charges;
            });
    call.http()
        .header("Cache-Control", "no-store")
        .header("X-Content-Type-Options", "nosniff")
        .header(
            "Content-Disposition",
            "attachment; filename=\"focus-%s-%s.csv\"".formatted(version.number(), month))
        .contentType("text/csv; charset=utf-8");
    try (Writer out =
        new BufferedWriter(
            new OutputStreamWriter(call.http().outputStream(), StandardCharsets.UTF_8))) {
      format.write(sums, out);
    }
  }

  private Map<String, Offering> offerings() {
    return context.control().snapshot().offerings();
  }

  private interface Question<A> {
    A answer();
  }

  private <A> A alone(Question<A> question) {
    if (!reading.tryAcquire()) {
      throw ApiError.unavailable("Another question is asked of the ledger.", RETRY_AFTER)
          .toException();
    }
    try {
      return question.answer();
    } finally {
      reading.release();
    }
  }

  private void read(YearMonth month, Consumer<LedgerEntry> action) {
    if (!topics.ledger(month, PATIENCE, action)) {
      throw ApiError.timeout(
              "The ledger since %s is long; the command line reads all of it.".formatted(month))
          .toException();
    }
  }

  private static YearMonth month(Call call) {
    try {
      return YearMonth.parse(text(call, "month").orElse(""));
    } catch (DateTimeException e) {
      throw Answers.wrong("month", "a month, 2026-06", e);
    }
  }

  private static Optional<String> text(Call call, String parameter) {
    return Optional.ofNullable(call.http().queryParam(parameter))
        .map(String::strip)
        .filter(text -> !text.isEmpty());
  }
}
