package io.dualtrack.local.abuse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Instant;
import java.util.List;

/**
 * One line of a recorded log: who asked what when, and what ties the account to others. Logs are
 * ordered by {@code at}. Other fields of a line are not read.
 *
 * @param requestId null where the log has none
 * @param accountCreatedAt null where unknown, as are fingerprints, address and countries
 * @param country of the address, where whoever recorded the log looked it up; else the declared
 *     country holds, else that of the bill
 * @param asn number of the autonomous system; 0 where unknown
 * @param hosting whether the address belongs to a hosting provider
 * @param system null where there was no system message
 * @param tools names of the tools that were offered; null means none
 * @param turn the how-manieth user message of its conversation, from 1
 */
@JsonNaming(SnakeCaseStrategy.class)
@JsonIgnoreProperties(ignoreUnknown = true)
public record RecordedExchange(
    Instant at,
    String requestId,
    String tenant,
    String account,
    Instant accountCreatedAt,
    String paymentFingerprint,
    String deviceFingerprint,
    String ip,
    String country,
    long asn,
    boolean hosting,
    String declaredCountry,
    String billingCountry,
    String model,
    String endpoint,
    String system,
    String prompt,
    long inputTokens,
    long outputTokens,
    List<String> tools,
    int turn,
    String outcome) {}
