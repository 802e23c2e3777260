package io.dualtrack.gateway.records;

/**
 * Whose call it is.
 *
 * @param account the seat or API key of the tenant
 */
public record Owner(String tenant, String account) {}
