package io.dualtrack.inference.access;

import io.dualtrack.inference.adapter.Authorization;
import io.dualtrack.schemas.Offering;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where an offering is, and how to prove that it may be called: its address, from this process's
 * configuration or on a host that is permitted, and its key.
 */
public final class Access {

  private static final Logger LOG = LoggerFactory.getLogger(Access.class);

  /** Targets that are remembered; there are a few for each offering. */
  private static final int MOST_TARGETS = 10_000;

  /** In the address of a configured endpoint, for the offering's dialect and id. */
  private static final String DIALECT = ":dialect";

  private static final String OFFERING = ":offering";

  private record Target(String endpoint, String dialect, String offering, String path) {}

  private final Credentials credentials;
  private final Map<String, String> endpoints;
  private final Hosts hosts;
  private final Set<String> missing = ConcurrentHashMap.newKeySet();
  private final Map<Target, Optional<URI>> uris = new ConcurrentHashMap<>();

  /**
   * @param endpoints base URL by name, for offerings that name their endpoint
   * @param hosts that may be called where an offering gives an address
   */
  public Access(Credentials credentials, Map<String, String> endpoints, Hosts hosts) {
    this.credentials = credentials;
    this.endpoints = Map.copyOf(endpoints);
    this.hosts = hosts;
  }

  /**
   * The address of a resource of an offering.
   *
   * @param path begins with a slash and goes behind the offering's base; may have a query
   * @throws ImpossibleException where the offering's endpoint is unknown or not permitted
   */
  public URI uri(Offering offering, String path) throws ImpossibleException {
    if (uris.size() > MOST_TARGETS) {
      uris.clear();
    }
    return uris.computeIfAbsent(
            new Target(offering.getEndpoint(), offering.getDialect(), offering.getId(), path),
            this::resolve)
        .orElseThrow(
            () ->
                new ImpossibleException(
                    "unknown_endpoint",
                    "offering %s has the endpoint %s, which is neither a configured name nor an address on a permitted host (DUALTRACK_HOSTS)"
                        .formatted(offering.getId(), offering.getEndpoint())));
  }

  private Optional<URI> resolve(Target target) {
    boolean address = target.endpoint().contains("://");
    String base = address ? target.endpoint() : endpoints.get(target.endpoint());
    if (base == null) {
      return Optional.empty();
    }
    if (!address) {
      base =
          base.replace(DIALECT, encoded(target.dialect()))
              .replace(OFFERING, encoded(target.offering()));
    }
    int query = base.indexOf('?');
    String stem = query < 0 ? base : base.substring(0, query);
    stem = stem.endsWith("/") ? stem.substring(0, stem.length() - 1) : stem;
    String own = query < 0 ? "" : base.substring(query + 1);
    try {
      URI root = new URI(stem);
      String path = target.path();
      String joined = own.isEmpty() ? path : path + (path.indexOf('?') < 0 ? "?" : "&") + own;
      URI uri = new URI(stem + joined).normalize();
      boolean usable =
          ("http".equals(root.getScheme()) || "https".equals(root.getScheme()))
              && root.getHost() != null
              && root.getUserInfo() == null
              && uri.toString().startsWith(stem + "/")
              && (!address || hosts.permit(uri));
      return usable ? Optional.of(uri) : Optional.empty();
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /** The query parameter of an offering's own address; empty where it has none. */
  public Optional<String> query(Offering offering, String name) {
    String endpoint = offering.getEndpoint();
    String base = endpoint.contains("://") ? endpoint : endpoints.getOrDefault(endpoint, "");
    int query = base.indexOf('?');
    if (query >= 0) {
      for (String pair : base.substring(query + 1).split("&", -1)) {
        if (pair.startsWith(name + "=")) {
          return Optional.of(pair.substring(name.length() + 1));
        }
      }
    }
    return Optional.empty();
  }

  /**
   * The key of an offering in a header.
   *
   * @param prefix before the key, for example {@code "Bearer "}
   * @return {@link Authorization#NONE} where the offering needs no key
   * @throws ImpossibleException where it needs one and this process does not have it
   */
  public Authorization header(Offering offering, String name, String prefix)
      throws ImpossibleException {
    if (offering.getKeyVariable() == null) {
      return Authorization.NONE;
    }
    Map<String, String> headers =
        Map.of(name, prefix + required(offering, offering.getKeyVariable()));
    CompletableFuture<Map<String, String>> made = CompletableFuture.completedFuture(headers);
    return request -> made;
  }

  /**
   * One of an offering's keys.
   *
   * @throws ImpossibleException where this process does not have it
   */
  public String required(Offering offering, String variable) throws ImpossibleException {
    Optional<String> key = credentials.key(variable);
    if (key.isPresent()) {
      return key.get();
    }
    if (missing.add(variable)) {
      LOG.error("a key is not set; variable={} offering={}", variable, offering.getId());
    }
    throw new ImpossibleException(
        "credential_missing",
        "offering %s needs its key in the environment variable %s of the dispatcher, in %s_FILE or in its folder of secrets, which is not set"
            .formatted(offering.getId(), variable, variable));
  }

  public Optional<String> optional(String variable) {
    return credentials.key(variable);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
