package io.dualtrack.texts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.BudgetEvent;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TenantSealTest {

  private static final String TOPIC = "any-topic";
  private static final String CANARY = "canary";

  @TempDir Path folder;

  private final SchemaRegistry registry = SchemaRegistry.inMemory();
  private Instant now = Instant.EPOCH;
  private KeyFolder keys;
  private AvroSerde<InferenceRequest> requests;

  @BeforeEach
  void makeKeys() throws IOException {
    keys = new KeyFolder(folder);
    keys.create("acme");
    keys.create("globex");
    requests = Topics.REQUESTS.serde(sealing(keys));
  }

  private SchemaRegistry sealing(KeyService service) {
    InstantSource clock = () -> now;
    return registry.withTexts(new TenantSeal(service, clock));
  }

  private static String latin(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  static Iterable<SpecificRecord> records() {
    return Texts.records("acme");
  }

  @ParameterizedTest
  @MethodSource("records")
  void noRecordShowsItsTextAndEachIsReadAsItWas(SpecificRecord record) {
    @SuppressWarnings("unchecked")
    AvroSerde<SpecificRecord> serde =
        new AvroSerde<>(sealing(keys), (Class<SpecificRecord>) record.getClass());
    String before = record.toString();

    byte[] bytes = serde.serialize(TOPIC, record);

    assertThat(latin(bytes)).doesNotContain(CANARY);
    assertThat(record.toString()).as("the record itself").isEqualTo(before).contains(CANARY);
    assertThat(serde.deserialize(TOPIC, bytes)).isEqualTo(record);
  }

  @ParameterizedTest
  @MethodSource("records")
  void whoHasNoKeysReadsNoText(SpecificRecord record) {
    @SuppressWarnings("unchecked")
    Class<SpecificRecord> type = (Class<SpecificRecord>) record.getClass();
    byte[] bytes = new AvroSerde<>(sealing(keys), type).serialize(TOPIC, record);

    SpecificRecord read = new AvroSerde<>(registry, type).deserialize(TOPIC, bytes);

    assertThat(read.toString()).doesNotContain(CANARY);
    byte[] again = new AvroSerde<>(registry, type).serialize(TOPIC, read);
    assertThat(new AvroSerde<>(sealing(keys), type).deserialize(TOPIC, again))
        .as("passed on by somebody without keys")
        .isEqualTo(record);
  }

  @Test
  void theSameTextIsNeverTheSameTwice() {
    InferenceRequest request = Texts.request("acme");

    assertThat(requests.serialize(TOPIC, request)).isNotEqualTo(requests.serialize(TOPIC, request));
  }

  @Test
  void textOfBeforeIsReadAsItIs() {
    InferenceRequest request = Texts.request("acme");
    byte[] plain = Topics.REQUESTS.serde(registry).serialize(TOPIC, request);

    assertThat(requests.deserialize(TOPIC, plain)).isEqualTo(request);
  }

  @Test
  void aRecordWithoutAnyTextNeedsNoKey() {
    Completion failed = Texts.completion("nobody");
    failed.setBody(null);
    AvroSerde<Completion> serde = Topics.COMPLETIONS.serde(sealing(keys));

    assertThat(serde.deserialize(TOPIC, serde.serialize(TOPIC, failed))).isEqualTo(failed);
  }

  @Test
  void theTextOfATenantWithoutAKeyIsLeftOutAndNotWrittenPlain() {
    byte[] bytes = requests.serialize(TOPIC, Texts.request("nobody"));

    assertThat(latin(bytes)).doesNotContain(CANARY);
    InferenceRequest read = requests.deserialize(TOPIC, bytes);
    assertThat(read.getBody()).isEmpty();
    assertThat(read.getSealed()).isNotNull();
    assertThat(read.getRequestId()).isEqualTo("request-1");
  }

  @Test
  void aRotatedKeyReadsWhatWasWrittenBeforeAndTheOldOneDoesNotReadWhatIsWrittenAfter()
      throws IOException {
    Path copy = Files.createDirectory(folder.resolve("copy"));
    Files.copy(folder.resolve("acme.key"), copy.resolve("acme.key"));
    InferenceRequest request = Texts.request("acme");
    byte[] before = requests.serialize(TOPIC, request);

    assertThat(keys.rotate("acme")).isTrue();
    now = now.plus(keys.remembered());
    byte[] after = requests.serialize(TOPIC, request);

    assertThat(requests.deserialize(TOPIC, before)).isEqualTo(request);
    assertThat(requests.deserialize(TOPIC, after)).isEqualTo(request);
    AvroSerde<InferenceRequest> old = Topics.REQUESTS.serde(sealing(new KeyFolder(copy)));
    assertThat(old.deserialize(TOPIC, before)).isEqualTo(request);
    assertThat(old.deserialize(TOPIC, after).getBody()).isEmpty();
  }

  @Test
  void aDestroyedKeyTakesTheTextsOfItsTenantWithItAndNoOthers() throws IOException {
    byte[] gone = requests.serialize(TOPIC, Texts.request("acme"));
    byte[] kept = requests.serialize(TOPIC, Texts.request("globex"));
    assertThat(requests.deserialize(TOPIC, gone).getBody()).contains(CANARY);

    assertThat(keys.destroy("acme")).isTrue();
    now = now.plus(keys.remembered());

    assertThat(requests.deserialize(TOPIC, gone).getBody()).isEmpty();
    assertThat(latin(requests.serialize(TOPIC, Texts.request("acme")))).doesNotContain(CANARY);
    assertThat(requests.deserialize(TOPIC, kept).getBody()).contains(CANARY);
  }

  @Test
  void aKeyThatIsMadeAfterOneWasDestroyedReadsOnlyWhatIsWrittenUnderIt() throws IOException {
    byte[] gone = requests.serialize(TOPIC, Texts.request("acme"));
    keys.destroy("acme");

    assertThat(keys.create("acme")).isTrue();
    now = now.plus(keys.remembered());

    byte[] later = requests.serialize(TOPIC, Texts.request("acme"));
    assertThat(requests.deserialize(TOPIC, gone).getBody()).isEmpty();
    assertThat(requests.deserialize(TOPIC, later).getBody()).contains(CANARY);
  }

  @Test
  void aTextThatIsSaidToBeAnotherTenantsOrAnotherRequestsIsNotRead() {
    byte[] bytes = requests.serialize(TOPIC, Texts.request("acme"));
    AvroSerde<InferenceRequest> raw = Topics.REQUESTS.serde(registry);
    InferenceRequest ofOther = raw.deserialize(TOPIC, bytes);
    ofOther.setTenant("globex");
    InferenceRequest ofOtherRequest = raw.deserialize(TOPIC, bytes);
    ofOtherRequest.setRequestId("request-2");

    for (InferenceRequest moved : new InferenceRequest[] {ofOther, ofOtherRequest}) {
      assertThat(requests.deserialize(TOPIC, raw.serialize(TOPIC, moved)).getBody()).isEmpty();
    }
  }

  @Test
  void aTextThatIsTakenForAnotherKindOfRecordIsNotRead() {
    AvroSerde<Completion> raw = Topics.COMPLETIONS.serde(registry);
    InferenceRequest sealed =
        Topics.REQUESTS
            .serde(registry)
            .deserialize(TOPIC, requests.serialize(TOPIC, Texts.request("acme")));
    Completion forged = Texts.completion("acme");
    forged.setBody("");
    forged.setSealed(sealed.getSealed());

    Completion read =
        Topics.COMPLETIONS.serde(sealing(keys)).deserialize(TOPIC, raw.serialize(TOPIC, forged));

    assertThat(read.getBody()).isEmpty();
  }

  @Test
  void aTextThatWasChangedIsNotRead() {
    AvroSerde<InferenceRequest> raw = Topics.REQUESTS.serde(registry);
    InferenceRequest changed =
        raw.deserialize(TOPIC, requests.serialize(TOPIC, Texts.request("acme")));
    ByteBuffer text = changed.getSealed().getText();
    text.put(text.limit() - 1, (byte) (text.get(text.limit() - 1) ^ 1));

    assertThat(requests.deserialize(TOPIC, raw.serialize(TOPIC, changed)).getBody()).isEmpty();
  }

  @Test
  void aBudgetRequestWithoutARequestInItIsRead() {
    BudgetEvent event = Texts.budgeted("acme");
    event.setAsks(null);
    AvroSerde<BudgetEvent> serde = Topics.BUDGETS.serde(sealing(keys));

    assertThat(serde.deserialize(TOPIC, serde.serialize(TOPIC, event))).isEqualTo(event);
  }

  /** A key service that can be away. */
  private final class Unsteady implements KeyService {
    private boolean away;

    @Override
    public Optional<byte[]> wrap(String tenant, byte[] dataKey) throws IOException {
      answer();
      return keys.wrap(tenant, dataKey);
    }

    @Override
    public Optional<byte[]> unwrap(String tenant, byte[] wrapped) throws IOException {
      answer();
      return keys.unwrap(tenant, wrapped);
    }

    @Override
    public Duration remembered() {
      return keys.remembered();
    }

    private void answer() throws IOException {
      if (away) {
        throw new IOException("away");
      }
    }
  }

  @Test
  void aKeyServiceThatIsAwayStopsNobodyWhoHasAskedItBefore() {
    Unsteady service = new Unsteady();
    AvroSerde<InferenceRequest> serde = Topics.REQUESTS.serde(sealing(service));
    InferenceRequest request = Texts.request("acme");
    byte[] bytes = serde.serialize(TOPIC, request);
    serde.deserialize(TOPIC, bytes);

    service.away = true;
    now = now.plus(Duration.ofDays(1));

    assertThat(serde.deserialize(TOPIC, bytes)).isEqualTo(request);
    assertThat(serde.deserialize(TOPIC, serde.serialize(TOPIC, request))).isEqualTo(request);
  }

  @Test
  void aKeyServiceThatIsAwayIsNoReasonToGiveATextUp() {
    byte[] bytes = requests.serialize(TOPIC, Texts.request("acme"));
    Unsteady service = new Unsteady();
    service.away = true;
    AvroSerde<InferenceRequest> serde = Topics.REQUESTS.serde(sealing(service));

    assertThatThrownBy(() -> serde.deserialize(TOPIC, bytes))
        .isInstanceOf(SerializationException.class)
        .hasCauseInstanceOf(IOException.class);
    assertThatThrownBy(() -> serde.serialize(TOPIC, Texts.request("acme")))
        .isInstanceOf(SerializationException.class)
        .hasCauseInstanceOf(IOException.class)
        .hasMessageNotContaining(CANARY);
  }
}
