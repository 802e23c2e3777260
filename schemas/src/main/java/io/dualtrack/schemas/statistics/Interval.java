package io.dualtrack.schemas.statistics;

/**
 * An estimate with its confidence interval: of 95% where nothing else is asked for.
 *
 * @param value the estimate
 */
public record Interval(double value, double low, double high) {

  /** Of every interval for which no quantile is given. */
  public static final double CONFIDENCE = 0.95;

  /** Two-sided 95% quantile of the standard normal distribution. */
  public static final double Z_95 = 1.959963984540054;

  /** Two-sided 99.9% quantile, for what is looked at again and again. */
  public static final double Z_999 = 3.290526731491895;

  /**
   * Fewer values than this have no interval of their mean: it is that of the normal distribution.
   */
  private static final long FEWEST = 30;

  /**
   * A share, by Wilson's score interval: E. B. Wilson, Probable inference, the law of succession,
   * and statistical inference, JASA 22 (1927) 209-212; as recommended for shares near 0 and 1 by
   * Brown, Cai and DasGupta, Interval estimation for a binomial proportion, Statistical Science 16
   * (2001) 101-133.
   *
   * @param of at least 1
   */
  public static Interval share(long hits, long of) {
    return share(hits, of, Z_95);
  }

  /**
   * The same at another confidence.
   *
   * @param z two-sided quantile of the standard normal distribution
   */
  public static Interval share(long hits, long of, double z) {
    if (of < 1 || hits < 0 || hits > of) {
      throw new IllegalArgumentException("%d of %d is no share".formatted(hits, of));
    }
    double n = of;
    double p = hits / n;
    double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    double half = z / (1 + z * z / n) * Math.sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    return new Interval(
        p, hits == 0 ? 0 : Math.max(0, middle - half), hits == of ? 1 : Math.min(1, middle + half));
  }

  /**
   * The second share less the first, where both are of the same pairs: R. G. Newcombe, Improved
   * confidence intervals for the difference between binomial proportions based on paired data,
   * Statistics in Medicine 17 (1998) 2635-2650, method 10.
   *
   * @param first pairs where it holds for the first
   * @param both pairs where it holds for both
   * @param of at least 1
   */
  public static Interval difference(long first, long second, long both, long of) {
    return difference(first, second, both, of, Z_95);
  }

  /**
   * The same at another confidence.
   *
   * @param z two-sided quantile of the standard normal distribution
   */
  public static Interval difference(long first, long second, long both, long of, double z) {
    Interval one = share(second, of, z);
    Interval other = share(first, of, z);
    double a = both;
    double b = second - both;
    double c = first - both;
    double d = of - first - second + both;
    double correlation = correlation(a, b, c, d);
    return difference(one, other, correlation);
  }

  /**
   * The second share less the first, where they are of different things: R. G. Newcombe, Interval
   * estimation for the difference between independent proportions, Statistics in Medicine 17 (1998)
   * 873-890, method 10.
   *
   * @param first hits among {@code ofFirst}, which is at least 1
   * @param second hits among {@code ofSecond}, which is at least 1
   * @param z two-sided quantile of the standard normal distribution
   */
  public static Interval ofIndependent(
      long first, long ofFirst, long second, long ofSecond, double z) {
    return difference(share(second, ofSecond, z), share(first, ofFirst, z), 0);
  }

  private static Interval difference(Interval one, Interval other, double correlation) {
    double difference = one.value - other.value;
    return new Interval(
        difference,
        difference - distance(one.value - one.low, other.high - other.value, correlation),
        difference + distance(one.high - one.value, other.value - other.low, correlation));
  }

  private static double correlation(double a, double b, double c, double d) {
    double margins = (a + b) * (c + d) * (a + c) * (b + d);
    if (margins == 0) {
      return 0;
    }
    double n = a + b + c + d;
    double product = a * d - b * c;
    double corrected = product > n / 2 ? product - n / 2 : Math.min(product, 0);
    return corrected / Math.sqrt(margins);
  }

  private static double distance(double one, double other, double correlation) {
    return Math.sqrt(Math.max(0, one * one - 2 * correlation * one * other + other * other));
  }

  /**
   * A ratio as the geometric mean of single ones, by the normal distribution of the mean of their
   * logarithms; without bounds (NaN) where there are fewer than 30.
   *
   * @param sum of natural logarithms
   * @param of at least 1
   */
  public static Interval ratio(double sum, double sumOfSquares, long of) {
    double mean = sum / of;
    if (of < FEWEST) {
      return new Interval(Math.exp(mean), Double.NaN, Double.NaN);
    }
    double variance = Math.max(0, (sumOfSquares - of * mean * mean) / (of - 1));
    double half = Z_95 * Math.sqrt(variance / of);
    return new Interval(Math.exp(mean), Math.exp(mean - half), Math.exp(mean + half));
  }
}
