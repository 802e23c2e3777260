package io.dualtrack.local.prices;

import io.dualtrack.schemas.TokenClass;
import java.math.BigDecimal;

/**
 * One rate that differs.
 *
 * @param before US dollars for one token; null where there was no rate
 * @param after US dollars for one token; null where there is none any more
 */
public record RateChange(
    String offering,
    TokenClass tokenClass,
    String tier,
    long aboveInputTokens,
    BigDecimal before,
    BigDecimal after) {}
