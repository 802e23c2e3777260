package io.dualtrack.inference.bodies;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.files.BodyStore;
import io.dualtrack.files.FileStore;
import io.dualtrack.inference.adapter.Json;
import io.dualtrack.schemas.DispatchOrder;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Reads what of orders' bodies is in files, on threads of its own. */
public final class BodyReader implements AutoCloseable {

  private static final int THREADS = 4;

  private final FileStore files;
  private final BodyStore store;
  private final ExecutorService readers;

  /**
   * @param files closed with this
   * @param name of the threads
   */
  public BodyReader(FileStore files, String name) {
    this.files = files;
    this.store = new BodyStore(files);
    this.readers =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * The order with its whole body.
   *
   * @return exceptionally an {@link IOException}: an {@link
   *     io.dualtrack.files.UnusableBodyException} where it does not help to try again
   */
  public CompletableFuture<DispatchOrder> whole(DispatchOrder order) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return DispatchOrder.newBuilder(order).setBody(read(order)).build();
          } catch (IOException e) {
            throw new CompletionException(e);
          }
        },
        readers);
  }

  private String read(DispatchOrder order) throws IOException {
    JsonNode fields = Json.MAPPER.readTree(store.read(order.getBodyFile()));
    if (Json.MAPPER.readTree(order.getBody()) instanceof ObjectNode body
        && fields instanceof ObjectNode stored) {
      return join(body, stored).toString();
    }
    throw new IOException("a part of the body is no JSON object");
  }

  /**
   * A body of both parts. Of an array that both have, the elements in the record come first: they
   * were put there before what the caller sent.
   */
  static ObjectNode join(ObjectNode body, ObjectNode stored) {
    for (Map.Entry<String, JsonNode> field : stored.properties()) {
      if (body.get(field.getKey()) instanceof ArrayNode first
          && field.getValue() instanceof ArrayNode then) {
        first.addAll(then);
      } else {
        body.set(field.getKey(), field.getValue());
      }
    }
    return body;
  }

  @Override
  public void close() {
    readers.shutdownNow();
    files.close();
  }
}
