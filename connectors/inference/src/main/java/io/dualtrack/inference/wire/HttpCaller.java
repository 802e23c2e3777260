package io.dualtrack.inference.wire;

import io.dualtrack.inference.access.Egress;
import io.dualtrack.inference.adapter.Caller;
import io.dualtrack.inference.adapter.ProviderRequest;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.hc.client5.http.auth.AuthScope;
import org.apache.hc.client5.http.auth.UsernamePasswordCredentials;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClientBuilder;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.auth.BasicCredentialsProvider;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.client5.http.impl.routing.DefaultProxyRoutePlanner;
import org.apache.hc.client5.http.ssl.ClientTlsStrategyBuilder;
import org.apache.hc.client5.http.ssl.DefaultHostnameVerifier;
import org.apache.hc.client5.http.ssl.HostnameVerificationPolicy;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.reactor.IOReactorConfig;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/**
 * HTTP/1.1 with one connection per call in flight, kept and used again. Redirects are not followed
 * and nothing is sent twice: both are decisions of the flow.
 *
 * <p>A call starts on a thread of its own, because looking up a host's address may take long and
 * must not hold up the flow. HTTP/2 is not used: calls beyond a connection's limit of streams would
 * wait for each other. Decision 8 has the measurements behind the choice of the client.
 */
public final class HttpCaller implements Caller, AutoCloseable {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** Connections are bounded by the flow, which knows the offerings' limits; this is a fuse. */
  private static final int MOST_CONNECTIONS = 20_000;

  /** Less than what servers and balancers usually keep an idle connection for. */
  private static final Duration IDLE = Duration.ofSeconds(50);

  private final ScheduledThreadPoolExecutor timer;
  private final ScheduledThreadPoolExecutor starter;
  private final CloseableHttpAsyncClient client;
  private final int limitBytes;

  /**
   * @param limitBytes longest body of an answer
   * @param threads that move bytes
   * @param name of the threads
   */
  public HttpCaller(int limitBytes, int threads, String name, Egress egress) {
    this.limitBytes = limitBytes;
    this.timer = single(name + "-timeouts");
    this.starter = single(name + "-start");
    this.client = client(threads, name, egress);
    client.start();
  }

  private static ScheduledThreadPoolExecutor single(String name) {
    ScheduledThreadPoolExecutor executor =
        new ScheduledThreadPoolExecutor(1, task -> daemon(task, name));
    executor.setRemoveOnCancelPolicy(true);
    return executor;
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  private static CloseableHttpAsyncClient client(int threads, String name, Egress egress) {
    HttpAsyncClientBuilder builder =
        HttpAsyncClients.custom()
            .setConnectionManager(
                PoolingAsyncClientConnectionManagerBuilder.create()
                    .setTlsStrategy(
                        ClientTlsStrategyBuilder.create()
                            .setSslContext(Trust.context(egress.authorities()))
                            // Left to itself, this client takes any host's certificate.
                            .setHostVerificationPolicy(HostnameVerificationPolicy.CLIENT)
                            .setHostnameVerifier(new DefaultHostnameVerifier())
                            .buildAsync())
                    .setDefaultTlsConfig(
                        TlsConfig.custom()
                            .setVersionPolicy(HttpVersionPolicy.FORCE_HTTP_1)
                            .setHandshakeTimeout(Timeout.of(CONNECT_TIMEOUT))
                            .build())
                    .setDefaultConnectionConfig(
                        ConnectionConfig.custom()
                            .setConnectTimeout(Timeout.of(CONNECT_TIMEOUT))
                            .build())
                    .setMaxConnPerRoute(MOST_CONNECTIONS)
                    .setMaxConnTotal(MOST_CONNECTIONS)
                    .setPoolConcurrencyPolicy(PoolConcurrencyPolicy.LAX)
                    .build())
            .setIOReactorConfig(
                IOReactorConfig.custom().setIoThreadCount(threads).setTcpNoDelay(true).build())
            .setThreadFactory(task -> daemon(task, name + "-http"))
            .setDefaultRequestConfig(
                RequestConfig.custom()
                    .setResponseTimeout(Timeout.DISABLED)
                    .setConnectionRequestTimeout(Timeout.of(CONNECT_TIMEOUT))
                    .setProtocolUpgradeEnabled(false)
                    .build())
            .setUserAgent("dualtrack")
            .addExecInterceptorFirst(
                "what a call runs on",
                (request, content, scope, chain, callback) -> {
                  CallOut.tell(scope.clientContext, scope.execRuntime);
                  chain.proceed(request, content, scope, callback);
                })
            .evictIdleConnections(TimeValue.of(IDLE))
            .disableAutomaticRetries()
            .disableRedirectHandling()
            .disableCookieManagement()
            .disableConnectionState();
    if (egress.proxy() != null) {
      throughProxy(builder, egress);
    } else {
      builder.disableAuthCaching();
    }
    return builder.build();
  }

  private static void throughProxy(HttpAsyncClientBuilder builder, Egress egress) {
    HttpHost proxy = new HttpHost("http", egress.proxy().getHost(), egress.proxy().getPort());
    builder.setRoutePlanner(
        new DefaultProxyRoutePlanner(proxy) {
          @Override
          protected HttpHost determineProxy(HttpHost target, HttpContext context) {
            return isLoopback(target.getHostName()) ? null : proxy;
          }
        });
    if (egress.proxyCredentials() != null) {
      String[] parts = egress.proxyCredentials().split(":", 2);
      BasicCredentialsProvider provider = new BasicCredentialsProvider();
      provider.setCredentials(
          new AuthScope(proxy),
          new UsernamePasswordCredentials(
              parts[0], (parts.length > 1 ? parts[1] : "").toCharArray()));
      builder.setDefaultCredentialsProvider(provider);
    }
  }

  private static boolean isLoopback(String host) {
    boolean literal = host.indexOf(':') >= 0 || host.matches("[0-9.]+");
    try {
      return host.equals("localhost")
          || (literal && InetAddress.getByName(host).isLoopbackAddress());
    } catch (UnknownHostException e) {
      return false;
    }
  }

  @Override
  public Call call(ProviderRequest request, Duration timeout, BooleanSupplier permitted) {
    CallOut call = new CallOut(request, limitBytes, permitted);
    call.timeOutBy(
        timer.schedule(call::timeOut, Math.max(1, timeout.toMillis()), TimeUnit.MILLISECONDS));
    request
        .authorization()
        .headers(request)
        .whenComplete(
            (headers, failure) -> {
              if (failure != null) {
                call.failed("authorization");
                return;
              }
              try {
                starter.execute(() -> call.start(client, headers));
              } catch (RejectedExecutionException e) {
                call.failed("closed");
              }
            });
    return new Call(call.reply(), call::abort);
  }

  @Override
  public void close() {
    timer.shutdownNow();
    starter.shutdownNow();
    client.close(CloseMode.IMMEDIATE);
  }
}
