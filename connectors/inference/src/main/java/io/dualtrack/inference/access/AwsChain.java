package io.dualtrack.inference.access;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;

/**
 * The SDK's default chain of places that credentials come from. It asks over the network and keeps
 * what it got, so it has a thread of its own; credentials that end are renewed before they do.
 */
final class AwsChain {

  private static final Logger LOG = LoggerFactory.getLogger(AwsChain.class);

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread daemon = new Thread(task, "aws-credentials");
            daemon.setDaemon(true);
            return daemon;
          });
  private final AtomicBoolean failing = new AtomicBoolean();

  /** Made by the first who needs it; belongs to the thread. */
  private DefaultCredentialsProvider provider;

  /** Fails where no place of the chain has credentials; a later call asks again. */
  CompletableFuture<AwsCredentialsIdentity> identity() {
    return CompletableFuture.supplyAsync(this::resolve, thread);
  }

  private AwsCredentialsIdentity resolve() {
    if (provider == null) {
      provider = DefaultCredentialsProvider.builder().build();
    }
    try {
      AwsCredentials found = provider.resolveCredentials();
      failing.set(false);
      return found;
    } catch (SdkException e) {
      if (failing.compareAndSet(false, true)) {
        LOG.error("AWS's default chain has no credentials; cause={}", e.getMessage());
      }
      throw e;
    }
  }
}
