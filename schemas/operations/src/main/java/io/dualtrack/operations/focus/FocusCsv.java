package io.dualtrack.operations.focus;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.dualtrack.schemas.ChargeClass;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.TokenClass;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.function.UnaryOperator;

/**
 * Writes charges as FOCUS rows, one for a model and token class a day, in CSV after RFC 4180. Money
 * and quantities are decimal text with every digit; a null is an empty field. docs/cost.md says
 * what each column means.
 */
public final class FocusCsv {

  private static final int SCALE = 18;
  private static final int MILLION = 6;

  private final FocusVersion version;
  private final String billingAccount;
  private final UnaryOperator<String> providers;

  /**
   * @param billingAccount the account that providers bill, as finance calls it
   * @param providers from an offering's id to its provider
   */
  public FocusCsv(FocusVersion version, String billingAccount, UnaryOperator<String> providers) {
    this.version = version;
    this.billingAccount = billingAccount;
    this.providers = providers;
  }

  /** Writes the head and every charge of the month. */
  public void write(FocusSums month, Appendable out) throws IOException {
    boolean head = false;
    for (Map.Entry<FocusCharge, FocusSums.Sums> charge : month.charges()) {
      Map<String, String> row = row(charge.getKey(), charge.getValue());
      if (!head) {
        line(row.keySet(), out);
        head = true;
      }
      line(row.values(), out);
    }
    if (!head) {
      line(row(EMPTY, new FocusSums.Sums()).keySet(), out);
    }
  }

  /** For the names of the columns of a month without charges. */
  private static final FocusCharge EMPTY =
      new FocusCharge(
          YearMonth.of(2000, 1),
          LocalDate.of(2000, 1, 1),
          "",
          "",
          null,
          "",
          null,
          null,
          "",
          TokenClass.OUTPUT,
          "",
          PriceStatus.UNPRICED,
          null,
          null,
          "",
          null,
          "",
          ChargeClass.NONE);

  private Map<String, String> row(FocusCharge charge, FocusSums.Sums sums) {
    boolean usage = charge.tokenClass() != TokenClass.ALLOCATION;
    BigDecimal quantity =
        usage ? BigDecimal.valueOf(sums.quantity()).movePointLeft(million(charge)) : null;
    BigDecimal listPrice = unitPrice(sums.list(), quantity);
    BigDecimal contractedPrice = unitPrice(sums.contracted(), quantity);
    String offering = Objects.requireNonNullElse(charge.offering(), "none");
    String provider = charge.offering() == null ? "unknown" : providers.apply(charge.offering());
    String sku = offering + "/" + charge.tokenClass();
    String region = charge.jurisdiction().isEmpty() ? null : charge.jurisdiction();

    Map<String, String> row = new LinkedHashMap<>();
    row.put("BilledCost", number(sums.effective()));
    row.put("BillingAccountId", billingAccount);
    row.put("BillingAccountName", billingAccount);
    row.put("BillingCurrency", charge.currency());
    row.put("BillingPeriodEnd", charge.billed().plusMonths(1).atDay(1) + "T00:00:00Z");
    row.put("BillingPeriodStart", charge.billed().atDay(1) + "T00:00:00Z");
    row.put("ChargeCategory", usage ? "Usage" : "Adjustment");
    row.put("ChargeClass", charge.chargeClass() == ChargeClass.CORRECTION ? "Correction" : null);
    row.put("ChargeDescription", description(charge));
    row.put("ChargeFrequency", "Usage-Based");
    row.put("ChargePeriodEnd", charge.day().plusDays(1) + "T00:00:00Z");
    row.put("ChargePeriodStart", charge.day() + "T00:00:00Z");
    row.put("ConsumedQuantity", usage ? Long.toString(sums.quantity()) : null);
    row.put("ConsumedUnit", usage ? unit(charge) : null);
    row.put("ContractedCost", number(sums.contracted()));
    row.put("ContractedUnitPrice", number(contractedPrice));
    row.put("EffectiveCost", number(sums.effective()));
    row.put("InvoiceId", null);
    row.put("InvoiceIssuerName", provider);
    row.put("ListCost", number(sums.list()));
    row.put("ListUnitPrice", number(listPrice));
    row.put("PricingCategory", "Standard");
    row.put("PricingCurrency", charge.pricingCurrency());
    row.put("PricingCurrencyContractedUnitPrice", number(foreign(contractedPrice, charge)));
    row.put("PricingCurrencyEffectiveCost", number(foreign(sums.effective(), charge)));
    row.put("PricingCurrencyListUnitPrice", number(foreign(listPrice, charge)));
    row.put("PricingQuantity", number(quantity));
    row.put("PricingUnit", usage ? pricingUnit(charge) : null);
    row.put(version.provider(), provider);
    row.put(version.publisher(), provider);
    row.put("RegionId", region);
    row.put("RegionName", region);
    row.put("ServiceCategory", "AI and Machine Learning");
    row.put("ServiceName", charge.model());
    row.put("ServiceSubcategory", "Generative AI");
    row.put("SkuId", usage ? sku : null);
    row.put("SkuMeter", usage ? meter(charge.tokenClass()) : null);
    row.put("SkuPriceDetails", usage ? json("x_Tier", charge.tier()) : null);
    row.put("SkuPriceId", usage ? skuPrice(charge, sku) : null);
    row.put("SubAccountId", charge.tenant());
    row.put("SubAccountName", charge.tenant());
    row.put("Tags", charge.costCentre() == null ? null : json("cost_centre", charge.costCentre()));
    row.put("x_Account", charge.account());
    row.put("x_Jurisdiction", region);
    row.put("x_Lane", charge.lane());
    row.put("x_Offering", charge.offering());
    row.put("x_PriceStatus", charge.status() == PriceStatus.PRICED ? "Priced" : "Unpriced");
    row.put("x_PriceVersion", charge.price());
    row.put("x_TokenClass", charge.tokenClass().name());
    return row;
  }

  private static String description(FocusCharge charge) {
    return charge.tokenClass() == TokenClass.ALLOCATION
        ? "Rest of the month's cost of %s".formatted(charge.offering())
        : "%s of %s, tier %s".formatted(meter(charge.tokenClass()), charge.model(), charge.tier());
  }

  /** One price for one thing: its record and version, and the line of it that applied. */
  private static String skuPrice(FocusCharge charge, String sku) {
    return charge.price() == null
        ? sku + "/unpriced"
        : "%s/%s/%s/%s"
            .formatted(
                charge.price(), charge.tokenClass(), charge.tier(), number(charge.listPerToken()));
  }

  private static String meter(TokenClass tokenClass) {
    return switch (tokenClass) {
      case UNCACHED_INPUT -> "Input Tokens";
      case CACHE_READ -> "Cache Read Input Tokens";
      case CACHE_WRITE_5M, CACHE_WRITE_1H -> "Cache Write Input Tokens";
      case OUTPUT -> "Output Tokens";
      case AUDIO_INPUT -> "Audio Input Tokens";
      case AUDIO_CACHE_READ -> "Audio Cache Read Input Tokens";
      case AUDIO_OUTPUT -> "Audio Output Tokens";
      case IMAGE_INPUT -> "Image Input Tokens";
      case IMAGE_OUTPUT -> "Image Output Tokens";
      case AUDIO_SECOND -> "Audio Seconds";
      case MISMATCH -> "Unclassified Tokens";
      case NONE, ALLOCATION -> "None";
    };
  }

  private static boolean inSeconds(FocusCharge charge) {
    return charge.tokenClass() == TokenClass.AUDIO_SECOND;
  }

  private static int million(FocusCharge charge) {
    return inSeconds(charge) ? 0 : MILLION;
  }

  private static String unit(FocusCharge charge) {
    return inSeconds(charge) ? "Seconds" : "Tokens";
  }

  private static String pricingUnit(FocusCharge charge) {
    return inSeconds(charge) ? "Seconds" : "1000000 Tokens";
  }

  /** Null where there is no quantity to divide by. */
  private static BigDecimal unitPrice(BigDecimal cost, BigDecimal quantity) {
    return quantity == null || quantity.signum() == 0
        ? null
        : cost.divide(quantity, SCALE, RoundingMode.HALF_EVEN);
  }

  private static BigDecimal foreign(BigDecimal amount, FocusCharge charge) {
    return amount == null || charge.currencyRate() == null
        ? amount
        : amount.divide(charge.currencyRate(), SCALE, RoundingMode.HALF_EVEN);
  }

  private static String number(BigDecimal value) {
    if (value == null) {
      return null;
    }
    return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
  }

  private static String json(String key, String value) {
    return JsonNodeFactory.instance.objectNode().put(key, value).toString();
  }

  private static void line(Iterable<String> fields, Appendable out) throws IOException {
    StringJoiner line = new StringJoiner(",", "", "\r\n");
    fields.forEach(field -> line.add(CsvField.quoted(field)));
    out.append(line.toString());
  }
}
