package io.dualtrack.sandbox;

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
 * Stands in for the providers' endpoints on loopback: speaks their dialects and answers by the
 * request's hash, without a model, and says so in every answer. An offering's base is {@code
 * /{dialect}/{offering}/v1}; {@code /v1} alone is for clients that know models only. Latency,
 * limits and faults are set for each offering or model at the start or by {@code PUT
 * /sandbox/behaviours/{offering or model}} ({@code *} for those without a behaviour of their own),
 * those of batches by {@code PUT /sandbox/batches}; {@code GET /sandbox/stats} counts calls and
 * repeated calls.
 */
public final class Sandbox implements AutoCloseable {

  private static final int MAX_BODY_BYTES = 256 * 1024 * 1024;
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
    Batches batches = new Batches();
    Administration administration = new Administration(models, log, batches);
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
                        .addLast(
                            new Connection(
                                models, log, administration, batches, options.keysRequired()));
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
