package io.dualtrack.topology.jurisdiction;

import com.google.common.net.InetAddresses;
import com.maxmind.db.CHMCache;
import com.maxmind.db.Reader;
import io.dualtrack.policy.jurisdiction.AttributeNames;
import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.AttributeSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Countries of IP addresses, from files in MaxMind's MMDB format. Each file may say {@code
 * country_code}, as those of ip-location-db do, or {@code country.iso_code}, as MaxMind's and
 * DB-IP's own do.
 *
 * <p>Two files of this kind agree on 91 to 98 of 100 addresses. So a look-up may only tighten: what
 * several files dispute binds with all the countries they name and counts as unknown besides.
 */
public final class AddressCountries {

  static final String AGREED = "agreed";
  static final String SINGLE = "single";
  static final String UNKNOWN = "unknown";

  private static final String SHIPPED = "/geo/dbip-country-extract.mmdb";

  private final List<Reader> files;

  private AddressCountries(List<Reader> files) {
    this.files = List.copyOf(files);
  }

  /**
   * Opens files.
   *
   * @param paths empty for the shipped one
   * @throws IllegalArgumentException with a sentence that names the file, if one cannot be read
   */
  public static AddressCountries open(List<Path> paths) {
    if (paths.isEmpty()) {
      return new AddressCountries(List.of(shipped()));
    }
    List<Reader> readers = new ArrayList<>();
    for (Path path : paths) {
      try {
        readers.add(new Reader(path.toFile(), Reader.FileMode.MEMORY, new CHMCache()));
      } catch (IOException e) {
        throw new IllegalArgumentException(
            "DUALTRACK_GEO: %s is no MMDB file that can be read (%s); name another, or none for the"
                    .formatted(path, e.getMessage())
                + " shipped one",
            e);
      }
    }
    return new AddressCountries(readers);
  }

  private static Reader shipped() {
    try (InputStream in = AddressCountries.class.getResourceAsStream(SHIPPED)) {
      if (in == null) {
        throw new IllegalStateException("the address file was not packaged");
      }
      return new Reader(in, new CHMCache());
    } catch (IOException e) {
      throw new UncheckedIOException("the shipped address file cannot be read", e);
    }
  }

  /**
   * What the files say of an address. The address itself is in none of it.
   *
   * @param address in text form; null for none
   * @return nothing where there is no address
   */
  public List<Attribute> of(String address) {
    if (address == null) {
      return List.of();
    }
    if (!InetAddresses.isInetAddress(address.strip())) {
      return List.of(attribute(AttributeNames.IP_CONFIDENCE, Set.of(UNKNOWN)));
    }
    InetAddress inet = InetAddresses.forString(address.strip());
    Set<String> countries = new TreeSet<>();
    int saying = 0;
    for (Reader file : files) {
      String country = country(file, inet);
      if (!country.isEmpty()) {
        countries.add(country);
        saying++;
      }
    }
    if (countries.isEmpty()) {
      return List.of(attribute(AttributeNames.IP_CONFIDENCE, Set.of(UNKNOWN)));
    }
    String confidence =
        countries.size() > 1 ? AttributeNames.DISPUTED : saying > 1 ? AGREED : SINGLE;
    return List.of(
        attribute(AttributeNames.IP_COUNTRY, countries),
        attribute(AttributeNames.IP_CONFIDENCE, Set.of(confidence)));
  }

  /**
   * Number of the autonomous system that announces an address, where a file says so: {@code
   * autonomous_system_number}, as in MaxMind's and DB-IP's. 0 where none does.
   */
  long system(InetAddress address) {
    for (Reader file : files) {
      Map<?, ?> record = record(file, address);
      if (record != null && record.get("autonomous_system_number") instanceof Number number) {
        return number.longValue();
      }
    }
    return 0;
  }

  private static Attribute attribute(String name, Set<String> values) {
    return new Attribute(name, List.copyOf(values), AttributeSource.ADDRESS);
  }

  private static String country(Reader file, InetAddress address) {
    Map<?, ?> record = record(file, address);
    if (record == null) {
      return "";
    }
    if (record.get("country_code") instanceof String code) {
      return code;
    }
    return record.get("country") instanceof Map<?, ?> country
            && country.get("iso_code") instanceof String code
        ? code
        : "";
  }

  /** Null where the file does not know the address. */
  private static Map<?, ?> record(Reader file, InetAddress address) {
    if (address instanceof Inet6Address && file.getMetadata().ipVersion() == 4) {
      return null;
    }
    try {
      return file.get(address, Map.class);
    } catch (IOException e) {
      throw new UncheckedIOException("the address file is damaged", e);
    }
  }
}
