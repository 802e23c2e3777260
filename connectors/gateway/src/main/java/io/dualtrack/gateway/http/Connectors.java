package io.dualtrack.gateway.http;

import io.dualtrack.gateway.GatewayConfig;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** HTTP/1.1 and HTTP/2 on one port, with TLS where it is configured. */
final class Connectors {

  private static final int HEAD_BYTES = 16 * 1024;
  private static final int MAX_STREAMS = 256;

  private final GatewayConfig config;
  private final Drain drain;

  Connectors(GatewayConfig config, Drain drain) {
    this.config = config;
    this.drain = drain;
  }

  ServerConnector create(Server server, HttpConfiguration http) {
    http.setSendServerVersion(false);
    http.setSendXPoweredBy(false);
    http.setRequestHeaderSize(HEAD_BYTES);
    http.setResponseHeaderSize(HEAD_BYTES);
    ServerConnector connector =
        config.tls() == null ? plain(server, http) : encrypted(server, http);
    connector.setHost(config.host());
    connector.setPort(config.port());
    connector.setIdleTimeout(config.idleTimeout().toMillis());
    connector.addBean(new SlowHeads(connector.getScheduler(), config.requestTimeout()));
    // While it stops, calls that are out have as long as the drain.
    connector.setShutdownIdleTimeout(config.drain().toMillis());
    connector.addBean(drain);
    return connector;
  }

  private static ServerConnector plain(Server server, HttpConfiguration http) {
    HTTP2CServerConnectionFactory http2 = new HTTP2CServerConnectionFactory(http);
    http2.setMaxConcurrentStreams(MAX_STREAMS);
    return new ServerConnector(server, new HttpConnectionFactory(http), http2);
  }

  private ServerConnector encrypted(Server server, HttpConfiguration http) {
    HttpConfiguration secure = new HttpConfiguration(http);
    // The name in the request need not be the certificate's: clients come by many names.
    secure.addCustomizer(new SecureRequestCustomizer(false));
    SslContextFactory.Server tls = new SslContextFactory.Server();
    ServerKey.read(config.tls()).putInto(tls);
    ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory();
    alpn.setDefaultProtocol("http/1.1");
    HTTP2ServerConnectionFactory http2 = new HTTP2ServerConnectionFactory(secure);
    http2.setMaxConcurrentStreams(MAX_STREAMS);
    ConnectionFactory first = new SslConnectionFactory(tls, alpn.getProtocol());
    return new ServerConnector(server, first, alpn, http2, new HttpConnectionFactory(secure));
  }
}
