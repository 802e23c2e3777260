package io.dualtrack.jobs.abuse;

/**
 * Where, when and in which language a tenant's accounts were active, in account-hours; the busiest
 * places and languages only. A plain bean, for Flink keeps it in state by its fields.
 */
public final class TenantUse {

  static final int PLACES = 32;
  static final int HOURS = 24;

  public long day;
  public int days;
  public int[] countries = new int[PLACES];
  public float[] inCountry = new float[PLACES];
  public int[] languages = new int[PLACES];
  public float[] inLanguage = new float[PLACES];
  public float[] atHour = new float[HOURS];

  /** Day of the last alert about the tenant; 0 for none. */
  public long alertDay;

  static float sum(float[] values) {
    float sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum;
  }

  /** Adds to a place; a new one takes that of the least, whose count it keeps as an error bound. */
  static void add(int[] places, float[] counts, int place, float count) {
    int least = 0;
    for (int i = 0; i < places.length; i++) {
      if (places[i] == place) {
        counts[i] += count;
        return;
      }
      if (counts[i] < counts[least]) {
        least = i;
      }
    }
    places[least] = place;
    counts[least] += count;
  }

  static float share(int[] places, float[] counts, int place) {
    for (int i = 0; i < places.length; i++) {
      if (places[i] == place) {
        return counts[i] / Math.max(1, sum(counts));
      }
    }
    return 0;
  }

  /** Adds another use, what was there so far counting for less. */
  void absorb(TenantUse other, float decay) {
    scale(inCountry, decay);
    scale(inLanguage, decay);
    scale(atHour, decay);
    for (int i = 0; i < PLACES; i++) {
      if (other.inCountry[i] > 0) {
        add(countries, inCountry, other.countries[i], other.inCountry[i]);
      }
      if (other.inLanguage[i] > 0) {
        add(languages, inLanguage, other.languages[i], other.inLanguage[i]);
      }
    }
    for (int hour = 0; hour < HOURS; hour++) {
      atHour[hour] += other.atHour[hour];
    }
    days++;
  }

  private static void scale(float[] counts, float by) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] *= by;
    }
  }

  /** Mean hour of use on the circle of a day. */
  double phase() {
    double sin = 0;
    double cos = 0;
    for (int hour = 0; hour < HOURS; hour++) {
      sin += atHour[hour] * Math.sin(2 * Math.PI * hour / HOURS);
      cos += atHour[hour] * Math.cos(2 * Math.PI * hour / HOURS);
    }
    return Math.atan2(sin, cos) / (2 * Math.PI) * HOURS;
  }
}
