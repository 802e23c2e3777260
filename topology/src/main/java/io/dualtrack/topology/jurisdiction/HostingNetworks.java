package io.dualtrack.topology.jurisdiction;

import com.google.common.net.InetAddresses;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/** The IPv4 networks of hosting providers and VPNs, by X4BNet's lists of them. */
public final class HostingNetworks {

  private static final String SHIPPED = "/geo/hosting-ipv4.txt.gz";

  /** Unsigned first and last addresses, ascending and apart. */
  private final long[] first;

  private final long[] last;

  private HostingNetworks(long[] first, long[] last) {
    this.first = first;
    this.last = last;
  }

  /** Reads the shipped list. */
  public static HostingNetworks shipped() {
    try (InputStream in = HostingNetworks.class.getResourceAsStream(SHIPPED)) {
      if (in == null) {
        throw new IllegalStateException("the list of hosting networks was not packaged");
      }
      String[] lines =
          new BufferedReader(
                  new InputStreamReader(new GZIPInputStream(in), StandardCharsets.US_ASCII))
              .lines()
              .toArray(String[]::new);
      long[] first = new long[lines.length];
      long[] last = new long[lines.length];
      for (int i = 0; i < lines.length; i++) {
        int slash = lines[i].indexOf('/');
        first[i] = number(InetAddresses.forString(lines[i].substring(0, slash)));
        last[i] = first[i] + (1L << (32 - Integer.parseInt(lines[i].substring(slash + 1)))) - 1;
      }
      return new HostingNetworks(first, last);
    } catch (IOException e) {
      throw new UncheckedIOException("the shipped list of hosting networks cannot be read", e);
    }
  }

  /** Whether an address is in one of them; IPv6 is not known. */
  boolean holds(InetAddress address) {
    if (!(address instanceof Inet4Address)) {
      return false;
    }
    long number = number(address);
    int at = Arrays.binarySearch(first, number);
    int before = at >= 0 ? at : -at - 2;
    return before >= 0 && number <= last[before];
  }

  private static long number(InetAddress address) {
    return Integer.toUnsignedLong(InetAddresses.coerceToInteger(address));
  }
}
