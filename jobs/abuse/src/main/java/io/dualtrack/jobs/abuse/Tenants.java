package io.dualtrack.jobs.abuse;

import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AlertKind;
import io.dualtrack.schemas.Evidence;
import io.dualtrack.schemas.RecommendedAction;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * S7: holds each day of a tenant against its own past. A country where it had nobody is an office
 * that opened; with it the hours of use move or another language comes in, and the access may have
 * been handed on.
 */
final class Tenants extends KeyedProcessFunction<String, Tally, AbuseAlert> {

  static final RecordType<AbuseAlert> ALERTS = RecordType.ofRecord(AbuseAlert.class);

  private static final long serialVersionUID = 1;

  /** Days and account-hours of the past without which nothing is unusual. */
  private static final int DAYS_KNOWN = 3;

  private static final float KNOWN = 60;
  private static final float DECAY = 0.9f;

  private static final float TODAY = 20;
  private static final float HARDLY_ANY = 0.01f;
  private static final float MANY = 0.15f;
  private static final double PHASE_HOURS = 4;
  private static final int ALERT_DAYS = 7;

  private transient ValueState<TenantUse> past;
  private transient ValueState<TenantUse> today;

  @Override
  public void open(OpenContext context) {
    var type = Types.POJO(TenantUse.class);
    past = getRuntimeContext().getState(new ValueStateDescriptor<>("past", type));
    today = getRuntimeContext().getState(new ValueStateDescriptor<>("today", type));
  }

  @Override
  public void processElement(Tally tally, Context context, Collector<AbuseAlert> out)
      throws Exception {
    TenantUse before = past.value() == null ? new TenantUse() : past.value();
    TenantUse now = today.value() == null ? new TenantUse() : today.value();
    long day = TimeUnit.MILLISECONDS.toDays(tally.at);
    if (now.day == 0) {
      now.day = day;
    }
    if (day > now.day) {
      before.absorb(now, DECAY);
      now = new TenantUse();
      now.day = day;
    }
    if (tally.country != 0) {
      TenantUse.add(now.countries, now.inCountry, tally.country, 1);
    }
    if (tally.language != 0) {
      TenantUse.add(now.languages, now.inLanguage, tally.language, 1);
    }
    now.atHour[(int) Math.floorMod(TimeUnit.MILLISECONDS.toHours(tally.at), 24L)]++;
    if (tally.country != 0 && isDue(before, now, day)) {
      List<Evidence> evidence = evidence(before, now, tally.country);
      if (evidence.size() > 1) {
        before.alertDay = day;
        out.collect(alert(tally, day, evidence));
      }
    }
    past.update(before);
    today.update(now);
  }

  private static boolean isDue(TenantUse before, TenantUse now, long day) {
    return before.days >= DAYS_KNOWN
        && TenantUse.sum(before.inCountry) >= KNOWN
        && TenantUse.sum(now.inCountry) >= TODAY
        && (before.alertDay == 0 || day >= before.alertDay + ALERT_DAYS);
  }

  /** Evidence that use moved to a country; the country itself first. */
  private static List<Evidence> evidence(TenantUse before, TenantUse now, int country) {
    List<Evidence> found = new ArrayList<>(3);
    float usual = TenantUse.share(before.countries, before.inCountry, country);
    float share = TenantUse.share(now.countries, now.inCountry, country);
    if (usual > HARDLY_ANY || share < MANY) {
      return found;
    }
    add(
        found,
        "%.0f%% of today's active hours of accounts are in %s, usually %.1f%%"
            .formatted(100 * share, letters(country), 100 * usual));
    double shift = Math.abs(now.phase() - before.phase());
    shift = Math.min(shift, TenantUse.HOURS - shift);
    if (shift >= PHASE_HOURS) {
      add(found, "the middle of the day of use moved by %.0f hours".formatted(shift));
    }
    for (int i = 0; i < TenantUse.PLACES; i++) {
      int language = now.languages[i];
      float spoken = TenantUse.share(now.languages, now.inLanguage, language);
      float known = TenantUse.share(before.languages, before.inLanguage, language);
      if (language != 0 && spoken >= MANY && known <= HARDLY_ANY) {
        add(
            found,
            "%.0f%% of today's texts' hours are in the language %s, usually %.1f%%"
                .formatted(100 * spoken, letters(language), 100 * known));
      }
    }
    return found;
  }

  private static void add(List<Evidence> found, String sentence) {
    found.add(new Evidence(Signal.S7.name(), sentence));
  }

  private static String letters(int code) {
    return "" + (char) (code >> 8) + (char) (code & 0xff);
  }

  private static AbuseAlert alert(Tally tally, long day, List<Evidence> evidence) {
    String id = "tenant-%016x".formatted(Observe.key(tally.tenant, ""));
    return AbuseAlert.newBuilder()
        .setAlertId(id + "-" + day)
        .setKind(AlertKind.TENANT)
        .setClusterId(id)
        .setTenant(tally.tenant)
        .setRaisedAt(Instant.ofEpochMilli(tally.at))
        .setScore(evidence.size() / 4.0)
        .setAccountsAdded(List.of())
        .setAccountCount(0)
        .setEvidence(evidence)
        .setRecommendedAction(RecommendedAction.REVIEW)
        .build();
  }
}
