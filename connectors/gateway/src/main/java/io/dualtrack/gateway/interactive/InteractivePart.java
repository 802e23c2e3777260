package io.dualtrack.gateway.interactive;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.GatewayContext;
import io.dualtrack.gateway.GatewayPart;
import io.dualtrack.gateway.http.Body;
import io.dualtrack.gateway.http.Call;
import io.dualtrack.gateway.http.JsonBody;
import io.dualtrack.gateway.http.Routes;
import io.dualtrack.schemas.AccessScope;
import io.javalin.http.HandlerType;
import io.micrometer.core.instrument.Gauge;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Single calls whose callers wait for the answer. */
public final class InteractivePart implements GatewayPart {

  /** They write answers, and each is held for as long as a caller takes to read one. */
  private static final int WRITERS = 32;

  private final GatewayContext context;
  private final ExecutorService writers =
      Executors.newFixedThreadPool(WRITERS, task -> new Thread(task, "answer"));
  private RequestReply requests;

  public InteractivePart(GatewayContext context) {
    this.context = context;
  }

  @Override
  public String name() {
    return "interactive calls";
  }

  @Override
  public void addTo(Routes routes) {
    routes.add(
        HandlerType.POST,
        "/v1/chat/completions",
        AccessScope.SUBMIT,
        Body.bounded(),
        call -> answer(call, new ChatForm(read(call))));
    routes.add(
        HandlerType.POST,
        "/v1/embeddings",
        AccessScope.SUBMIT,
        Body.bounded(),
        call -> answer(call, new EmbeddingsForm(read(call))));
    routes.add(
        HandlerType.POST,
        "/v1/responses",
        AccessScope.SUBMIT,
        Body.bounded(),
        call -> answer(call, new ResponsesForm(read(call))));
  }

  private static ObjectNode read(Call call) throws IOException {
    return JsonBody.read(call.bodyBytes());
  }

  private void answer(Call call, AnswerForm form) {
    call.http()
        .future(
            () -> {
              RequestReply.Asked asked = requests.ask(call, form);
              Runnable answered = call.watch(asked.withdraw());
              return asked
                  .outcome()
                  .whenComplete((result, failure) -> answered.run())
                  .thenAcceptAsync(result -> Answering.write(call.http(), result, form), writers);
            });
  }

  @Override
  public synchronized void start() {
    requests = new RequestReply(context);
    requests.start();
    Gauge.builder("dualtrack.gateway.waiting", requests, RequestReply::waiting)
        .description("interactive calls that wait for their result")
        .register(context.meters());
  }

  @Override
  public boolean isReady() {
    RequestReply current = requests;
    return current != null && current.isReady();
  }

  @Override
  public void close() {
    if (requests != null) {
      requests.close();
    }
    writers.shutdownNow();
  }
}
