package io.dualtrack.review.control;

import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Price;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.ZoneOffset;
import java.util.HexFormat;

/**
 * Names of what has no name in its file: a price is called by its offering and first day, and a
 * version that is not written is the hash of the content, so that equal content has equal versions
 * everywhere.
 */
public final class Versions {

  private static final int HASH_DIGITS = 12;

  private Versions() {}

  /** Gives a price record its id and, where it has none, its version. */
  public static void name(Price price) {
    identify(price);
    complete(price);
  }

  static void identify(Price price) {
    price.setPriceId(
        price.getOffering()
            + "@"
            + price.getEffectiveFrom().atOffset(ZoneOffset.UTC).toLocalDate());
  }

  static void identify(CurrencyRate rate) {
    rate.setRateId(rate.getCurrency() + "@" + rate.getDay());
  }

  static void complete(Price price) {
    if (price.getVersion().isEmpty()) {
      try {
        price.setVersion(hash(price.toByteBuffer()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  static void complete(PolicyBundle bundle) {
    if (bundle.getVersion().isEmpty()) {
      try {
        bundle.setVersion(hash(bundle.toByteBuffer()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static String hash(ByteBuffer content) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(content);
      return HexFormat.of().formatHex(digest.digest()).substring(0, HASH_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }
}
