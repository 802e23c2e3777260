package io.dualtrack.bench.cost;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Features;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Relations;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Usage;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;

/**
 * A log of exchanges that is the same at every run: each follows from its number. Their times are
 * spread over five days, up to 48 hours out of order.
 */
public final class ExchangeLog {

  static final Instant START = Instant.parse("2026-11-16T00:00:00Z");

  private static final long SPREAD_MS = 3 * 86_400_000L;
  private static final long DISORDER_MS = 2 * 86_400_000L;
  private static final int TENANTS = 40;
  private static final byte[] MIN_HASH = new byte[256];

  private ExchangeLog() {}

  /** Exchange of a number; of some the counts are no counts, or the offering is unknown. */
  public static Exchange exchange(int number, int of) {
    long random = mix(number);
    int customer = pick(random, 0, TENANTS);
    int seat = pick(random, 24, 2);
    String tenant = "tenant-" + customer;
    int offering = pick(random, 8, PriceTable.OFFERINGS);
    boolean local = PriceTable.isLocal(offering);
    int kind = pick(random, 16, 100);
    AnswerSource source =
        kind < 8 ? AnswerSource.CACHE : kind < 12 ? AnswerSource.JOINED : AnswerSource.PROVIDER;
    long time =
        START.toEpochMilli()
            + DISORDER_MS
            + (long) ((double) number / of * SPREAD_MS)
            - Long.remainderUnsigned(mix(random), DISORDER_MS);
    Exchange exchange = new Exchange();
    exchange.setExchangeId("x-%08x-%d".formatted((int) (random >>> 32), number));
    exchange.setRequestId(exchange.getExchangeId());
    exchange.setReplyKey("batch-" + number / 50_000);
    exchange.setTenant(tenant);
    exchange.setAccount(tenant + "-" + seat);
    exchange.setCostCentre("desk-" + seat);
    exchange.setAt(Instant.ofEpochMilli(time));
    exchange.setModel("model-" + offering);
    exchange.setOffering(kind == 99 ? "unknown-offering" : "offering-" + offering);
    exchange.setLane(local ? Lane.LOCAL : Lane.API);
    exchange.setServiceClass(ServiceClass.BATCH);
    exchange.setJurisdictions(customer % 2 == 0 ? List.of("EU") : List.of("US"));
    exchange.setOutcome(Outcome.ANSWERED);
    exchange.setSource(source);
    exchange.setUsage(usage(random, kind, offering));
    exchange.setRawUsage(
        "{\"prompt_tokens\":1000,\"completion_tokens\":300,\"total_tokens\":1300}");
    exchange.setFeatures(
        Features.newBuilder()
            .setKeyEpoch(1)
            .setMinHash(ByteBuffer.wrap(MIN_HASH))
            .setSkeletonPrefix(random)
            .setSkeletonSuffix(random)
            .setCapabilities(List.of("coding"))
            .build());
    exchange.setRelations(
        Relations.newBuilder()
            .setPayment("p" + pick(random, 0, 900))
            .setNetwork("n1")
            .setAccountCreatedAt(START)
            .build());
    exchange.setTier(kind >= 12 && kind < 30 && !local ? "batch" : "standard");
    exchange.setRevision(0);
    exchange.setShadow(false);
    return exchange;
  }

  private static Usage usage(long random, int kind, int offering) {
    Usage usage = new Usage();
    usage.setUncachedInput(1 + pick(random, 36, 4_000));
    usage.setOutput(1 + pick(random, 48, 1_500));
    if (kind % 3 == 0) {
      usage.setCacheRead(1 + pick(random, 40, 9_000));
    }
    if (kind == 98) {
      usage.setUncachedInput(-7);
    } else if (kind == 97) {
      usage.setOutput(1_000_000_000_000L);
    } else if (kind == 96) {
      usage.setMismatch(1 + offering);
    }
    return usage;
  }

  /** A number below a bound, from some bits of a random one. */
  private static int pick(long random, int shift, int bound) {
    return (int) Long.remainderUnsigned(mix(random + shift), bound);
  }

  /** 64 bits that stand for a text. */
  static long hash(String text) {
    long hash = text.length();
    for (int i = 0; i < text.length(); i++) {
      hash = mix(hash + text.charAt(i));
    }
    return hash;
  }

  /** The finaliser of SplitMix64. */
  private static long mix(long number) {
    long mixed = number + 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}
