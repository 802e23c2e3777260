package io.dualtrack.sandbox;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.TimeUnit;

/**
 * Stands in for the providers' endpoints on loopback: speaks OpenAI's dialect and answers by the
 * request's hash, without a model, and says so in every answer. Latency, limits and faults are set
 * for each model at the start or by {@code PUT /sandbox/behaviours/{model}} ({@code *} for the
 * models without a behaviour of their own); {@code GET /sandbox/stats} counts calls and repeated
 * calls.
 */
public final class Sandbox implements AutoCloseable {

  private static final int MAX_BODY_BYTES = 16 * 1024 * 1024;
  private static final int BACKLOG = 4_096;

  private final EventLoopGroup loop;
  private final Channel server;
  private final URI uri;

  private Sandbox(EventLoopGroup loop, Channel server) {
    this.loop = loop;
    this.server = server;
    int port = ((InetSocketAddress) server.localAddress()).getPort();
    this.uri = URI.create("http://127.0.0.1:" + port);
  }

  /**
   * @throws IOException if the port cannot be bound; a {@link BindException} where it is in use
   */
  public static Sandbox start(SandboxOptions options) throws IOException {
    Models models = new Models(options);
    CallLog log = new CallLog();
    ObjectMapper mapper = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    // One thread answers more calls than the machine has room for beside it.
    EventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("sandbox", true), NioIoHandler.newFactory());
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel
                        .pipeline()
                        .addLast(new HttpServerCodec())
                        .addLast(new HttpObjectAggregator(MAX_BODY_BYTES))
                        .addLast(new Connection(models, log, mapper));
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), options.port()))
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      stop(loop);
      if (bound.cause() instanceof IOException cause) {
        throw cause;
      }
      throw new IOException("the sandbox cannot listen", bound.cause());
    }
    return new Sandbox(loop, bound.channel());
  }

  /** Base of the sandbox, without the version path: {@code http://127.0.0.1:18090}. */
  public URI uri() {
    return uri;
  }

  @Override
  public void close() {
    server.close().awaitUninterruptibly();
    stop(loop);
  }

  private static void stop(EventLoopGroup loop) {
    loop.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
