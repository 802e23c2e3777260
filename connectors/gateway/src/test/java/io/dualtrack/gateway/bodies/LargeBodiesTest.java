package io.dualtrack.gateway.bodies;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.bodies.FeatureExtractor;
import io.dualtrack.files.BodyStore;
import io.dualtrack.files.FileStore;
import io.dualtrack.files.FileStoreConfig;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.BodyFile;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LargeBodiesTest {

  private static final String LONG = "word ".repeat(60_000);

  static {
    AvroSerde.trustRecords();
  }

  @TempDir Path folder;
  private FileStore files;
  private LargeBodies bodies;

  @BeforeEach
  void open() throws IOException {
    files = FileStoreConfig.local(folder).open();
    bodies = new LargeBodies(new BodyStore(files), new FeatureExtractor(new byte[16], 1));
  }

  @AfterEach
  void close() {
    files.close();
  }

  private InferenceRequest put(String id, String body) throws IOException {
    InferenceRequest.Builder request =
        InferenceRequest.newBuilder()
            .setRequestId(id)
            .setTenant("acme")
            .setAccount("seat")
            .setReplyKey(id)
            .setServiceClass(ServiceClass.BATCH)
            .setEndpoint("/v1/chat/completions")
            .setSubmittedAt(Instant.EPOCH)
            .setDeadline(Instant.EPOCH);
    bodies.put(request, body);
    return request.build();
  }

  private String read(BodyFile file) throws IOException {
    return new String(new BodyStore(files).read(file), StandardCharsets.UTF_8);
  }

  @Test
  void aBodyThatFitsStaysAsItIsToTheLastByte() throws IOException {
    String frame = "{\"model\": \"m\", \"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}";
    String body = frame.formatted("x".repeat(Topics.MAX_BODY_BYTES - frame.length() + 2));
    assertThat(body).hasSize(Topics.MAX_BODY_BYTES);

    InferenceRequest whole = put("r1", body);
    InferenceRequest parted = put("r2", body.replace("xx", "xé"));

    assertThat(whole.getBody()).isEqualTo(body);
    assertThat(whole.getLarge()).isNull();
    assertThat(files.list("body-")).hasSize(1);
    assertThat(parted.getLarge()).isNotNull();
  }

  @Test
  void largeFieldsGoIntoTheFileAndParametersStay() throws IOException {
    InferenceRequest request =
        put(
            "r1",
            ("{\"model\":\"m\",\"temperature\":0.10,\"tools\":[{\"n\":\"%s\"}],\"seed\":1,"
                    + "\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}],\"metadata\":{\"k\":\"%s\"}}")
                .formatted(LONG, LONG, "v".repeat(5_000)));

    assertThat(request.getBody())
        .isEqualTo(
            "{\"model\":\"m\",\"temperature\":0.10,\"seed\":1,\"metadata\":{\"k\":\"%s\"}}"
                .formatted("v".repeat(5_000)));
    assertThat(request.getLarge().getNames()).containsExactly("messages", "tools");
    assertThat(request.getLarge().getWithoutCards()).isNull();
    assertThat(read(request.getLarge().getFile()))
        .startsWith("{\"tools\":[{\"n\":\"word")
        .contains("\"messages\":[{");
    assertThat(request.getFeatures().getCapabilities()).contains("agentic", "long-horizon");
  }

  @Test
  void equalContentHasOneHashHoweverItIsWrittenAndAFileForEachRequest() throws IOException {
    InferenceRequest one = put("r1", "{\"model\":\"m\",\"input\":[\"%s\",1.0]}".formatted(LONG));
    InferenceRequest other = put("r2", "{\"input\": [\"%s\" , 1],\"model\":\"m\"}".formatted(LONG));

    assertThat(one.getLarge().getFile().getContentHash())
        .isEqualTo(other.getLarge().getFile().getContentHash());
    assertThat(one.getLarge().getFile().getFileId())
        .isNotEqualTo(other.getLarge().getFile().getFileId());
  }

  @Test
  void aLineThatIsReleasedAgainAfterACrashHasTheSameFile() throws IOException {
    String body = "{\"model\":\"m\",\"input\":\"%s\"}".formatted(LONG);

    assertThat(put("r1", body)).isEqualTo(put("r1", body));
    assertThat(files.list("body-")).hasSize(1);
  }
}
