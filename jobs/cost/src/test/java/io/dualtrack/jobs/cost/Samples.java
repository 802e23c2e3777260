package io.dualtrack.jobs.cost;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.CacheContract;
import io.dualtrack.schemas.CostControl;
import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.MonthClose;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Rate;
import io.dualtrack.schemas.RecordEncoder;
import io.dualtrack.schemas.RecordOutput;
import io.dualtrack.schemas.Relations;
import io.dualtrack.schemas.Repricing;
import io.dualtrack.schemas.SelfHostedCost;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantStatus;
import io.dualtrack.schemas.Usage;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;

/** Records as other parts of the system write them. */
final class Samples {

  static {
    AvroSerde.trustRecords();
  }

  static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");
  static final String OFFERING = "openai-sol-eu";

  private Samples() {}

  static Exchange exchange(String id, AnswerSource source, Usage usage) {
    return exchange(id, "acme", OFFERING, source, usage, NOON);
  }

  static Exchange exchange(
      String id, String tenant, String offering, AnswerSource source, Usage usage, Instant at) {
    return Exchange.newBuilder()
        .setExchangeId(id)
        .setRequestId(id)
        .setReplyKey("batch-1")
        .setTenant(tenant)
        .setAccount(tenant + "-seat-1")
        .setCostCentre("research")
        .setAt(at)
        .setModel("gpt-5.6-sol")
        .setOffering(offering)
        .setLane(offering == null ? null : Lane.API)
        .setServiceClass(ServiceClass.BATCH)
        .setJurisdictions(List.of("EU"))
        .setOutcome(usage == null ? Outcome.REFUSED : Outcome.ANSWERED)
        .setSource(source)
        .setUsage(usage)
        .setRelations(Relations.newBuilder().build())
        .build();
  }

  /** An exchange that waits for its price. */
  static Exchange unpriced(String id) {
    return exchange(id, "acme", "no-price", AnswerSource.PROVIDER, usage(1, 0, 1), NOON);
  }

  /** As the source gives it. */
  static byte[] bytes(Exchange exchange) {
    RecordOutput out = new RecordOutput();
    new RecordEncoder<>(Exchange.class).write(exchange, out);
    return out.toByteArray();
  }

  static Usage usage(long uncachedInput, long cacheRead, long output) {
    return Usage.newBuilder()
        .setUncachedInput(uncachedInput)
        .setCacheRead(cacheRead)
        .setOutput(output)
        .build();
  }

  static Price price(String offering, String from, String to, Rate... rates) {
    return Price.newBuilder()
        .setPriceId(offering + "@" + from.substring(0, 10))
        .setVersion("1")
        .setOffering(offering)
        .setCurrency("USD")
        .setEffectiveFrom(Instant.parse(from))
        .setEffectiveTo(to == null ? null : Instant.parse(to))
        .setRates(List.of(rates))
        .build();
  }

  static Price standardPrice(String offering) {
    return price(
        offering,
        "2026-01-01T00:00:00Z",
        null,
        rate("UNCACHED_INPUT", "0.000005"),
        rate("CACHE_READ", "0.0000005"),
        rate("OUTPUT", "0.00003"));
  }

  static Rate rate(String tokenClass, String perToken) {
    return rate(tokenClass, 0, perToken);
  }

  static Rate rate(String tokenClass, long aboveInputTokens, String perToken) {
    return new Rate(
        tokenClass, "standard", aboveInputTokens, new BigDecimal(perToken).setScale(18));
  }

  static Tenant tenant(String id, String monthlyBudget) {
    return Tenant.newBuilder()
        .setId(id)
        .setName(id)
        .setStatus(TenantStatus.ACTIVE)
        .setControllerCountry("DE")
        .setJurisdictions(List.of())
        .setDataClasses(List.of())
        .setProcessingRegions(List.of())
        .setTransferMechanisms(List.of())
        .setModels(List.of())
        .setCache(new CacheContract(true, 60L, false))
        .setAccounts(List.of())
        .setMonthlyBudget(monthlyBudget == null ? null : new BigDecimal(monthlyBudget).setScale(18))
        .build();
  }

  static Controls controls(SpecificRecord... records) {
    return new Controls(Arrays.stream(records).map(Samples::control).toList(), List.of());
  }

  static CostControl control(SpecificRecord record) {
    String id;
    if (record instanceof Price price) {
      id = price.getPriceId();
    } else if (record instanceof Tenant tenant) {
      id = "dualtrack.control.tenants/" + tenant.getId();
    } else if (record instanceof MonthClose close) {
      id = close.getMonth();
    } else if (record instanceof Repricing repricing) {
      id = repricing.getId();
    } else if (record instanceof CurrencyRate rate) {
      id = rate.getRateId();
    } else {
      id = ((SelfHostedCost) record).getHostingId();
    }
    return new CostControl(id, record);
  }

  static BigDecimal money(String dollars) {
    return new BigDecimal(dollars).setScale(18);
  }
}
