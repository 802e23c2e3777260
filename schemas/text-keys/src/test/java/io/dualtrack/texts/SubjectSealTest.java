package io.dualtrack.texts;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.TextSubject;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Texts of a tenant that has keys of its accounts; see {@link TenantSealTest} for what is alike.
 */
class SubjectSealTest {

  private static final String TOPIC = "any-topic";
  private static final String CANARY = "canary";

  /** The account of all of {@link Texts}. */
  private static final TextSubject SEAT_1 = new TextSubject("acme", "seat-1");

  private static final TextSubject SEAT_2 = new TextSubject("acme", "seat-2");

  @TempDir Path folder;

  private final SchemaRegistry registry = SchemaRegistry.inMemory();
  private Instant now = Instant.EPOCH;
  private KeyFolder tenants;
  private SubjectKeyFolder subjects;
  private AvroSerde<InferenceRequest> requests;

  @BeforeEach
  void makeKeys() throws IOException {
    tenants = new KeyFolder(folder);
    tenants.create("acme");
    tenants.create("globex");
    subjects = new SubjectKeyFolder(tenants, folder, () -> now);
    requests = process();
    subjects.begin("acme");
  }

  /** The serde of a process that has remembered nothing yet. */
  private AvroSerde<InferenceRequest> process() {
    return Topics.REQUESTS.serde(sealing(tenants));
  }

  private SchemaRegistry sealing(KeyService service) {
    SubjectKeyFolder found = new SubjectKeyFolder(service, folder, () -> now);
    return registry.withTexts(
        new TenantSeal(new SubjectKeyService(service, Optional.of(found), () -> now), () -> now));
  }

  private static InferenceRequest request(TextSubject subject) {
    InferenceRequest request = Texts.request(subject.tenant());
    request.setAccount(subject.account());
    return request;
  }

  private byte[] written(TextSubject subject) {
    return requests.serialize(TOPIC, request(subject));
  }

  private String read(byte[] bytes) {
    return requests.deserialize(TOPIC, bytes).getBody();
  }

  private void secondsPass() {
    now = now.plus(SubjectKeyFolder.REMEMBERED);
  }

  static Iterable<SpecificRecord> records() {
    return Texts.records("acme");
  }

  @ParameterizedTest
  @MethodSource("records")
  void everyKindOfTextGoesWithTheKeyOfItsAccount(SpecificRecord record) throws IOException {
    @SuppressWarnings("unchecked")
    AvroSerde<SpecificRecord> serde =
        new AvroSerde<>(sealing(tenants), (Class<SpecificRecord>) record.getClass());
    byte[] bytes = serde.serialize(TOPIC, record);
    assertThat(new String(bytes, StandardCharsets.ISO_8859_1)).doesNotContain(CANARY);
    assertThat(serde.deserialize(TOPIC, bytes)).isEqualTo(record);

    assertThat(subjects.destroy(SEAT_1)).isTrue();
    secondsPass();

    assertThat(serde.deserialize(TOPIC, bytes).toString()).doesNotContain(CANARY);
    byte[] later = serde.serialize(TOPIC, record);
    assertThat(serde.deserialize(TOPIC, later).toString())
        .as("written behind the destruction")
        .doesNotContain(CANARY);
  }

  @Test
  void anotherAccountAndAnotherTenantReadOn() throws IOException {
    byte[] gone = written(SEAT_1);
    byte[] kept = written(SEAT_2);
    byte[] other = written(new TextSubject("globex", "seat-1"));

    subjects.destroy(SEAT_1);
    secondsPass();

    assertThat(read(gone)).isEmpty();
    assertThat(read(kept)).contains(CANARY);
    assertThat(read(written(SEAT_2))).contains(CANARY);
    assertThat(read(other)).contains(CANARY);
  }

  @Test
  void aTextThatIsSaidToBeAnotherAccountsIsNotRead() {
    AvroSerde<InferenceRequest> raw = Topics.REQUESTS.serde(registry);
    written(SEAT_2);
    InferenceRequest moved = raw.deserialize(TOPIC, written(SEAT_1));
    moved.setAccount("seat-2");

    assertThat(read(raw.serialize(TOPIC, moved))).isEmpty();
  }

  @Test
  void anotherAccountsKeyInItsPlaceIsNone() throws IOException {
    byte[] bytes = written(SEAT_1);
    written(SEAT_2);
    Path first = keyOf(SEAT_1);
    Files.copy(keyOf(SEAT_2), first, StandardCopyOption.REPLACE_EXISTING);
    secondsPass();

    assertThat(read(bytes)).isEmpty();
    assertThat(read(written(SEAT_1))).as("nor is anything written under it").isEmpty();
  }

  private Path keyOf(TextSubject subject) {
    // The hash of tenant, NUL and account: where a file is must not change.
    String name =
        subject.equals(SEAT_1)
            ? "ee6104ddc7f654b642b98571ab34c3d76b2bd1e5723b6aa773c70d0f25e79223"
            : "17e43ca3c7632f90ef9487cc9b1f32b66ca66640582421c9374e1479fb9bb8a4";
    return folder.resolve("acme.subjects").resolve(name.substring(0, 2)).resolve(name + ".key");
  }

  @Test
  void aDestroyedKeyIsMadeAgainOnlyForWhoAsksForIt() throws IOException {
    byte[] gone = written(SEAT_1);
    subjects.destroy(SEAT_1);
    secondsPass();
    assertThat(read(written(SEAT_1))).isEmpty();
    assertThat(subjects.destroy(SEAT_1)).as("whether something was made").isFalse();

    assertThat(subjects.create(SEAT_1)).isTrue();
    assertThat(subjects.create(SEAT_1)).isFalse();
    secondsPass();

    assertThat(read(gone)).isEmpty();
    assertThat(read(written(SEAT_1))).contains(CANARY);
  }

  @Test
  void aProcessThatStartsAgainReadsOn() {
    byte[] bytes = written(SEAT_1);

    requests = process();

    assertThat(read(bytes)).contains(CANARY);
  }

  @Test
  void theDestroyedKeyOfATenantTakesItsAccountsTextsToo() throws IOException {
    byte[] gone = written(SEAT_1);

    tenants.destroy("acme");
    secondsPass();
    assertThat(read(gone)).isEmpty();
    assertThat(read(written(SEAT_1))).isEmpty();
    assertThat(read(written(SEAT_2))).as("of an account that had no key yet").isEmpty();

    subjects.deleteAll("acme");
    tenants.create("acme");
    secondsPass();
    assertThat(read(gone)).isEmpty();
    assertThat(read(written(SEAT_1))).as("under the tenant's next key").contains(CANARY);
  }

  @Test
  void afterARotationACopyOfTheKeysOfBeforeDoesNotReadWhatIsWritten() throws IOException {
    byte[] before = written(SEAT_1);
    Path copy = folder.resolve("copy");
    copyKeys(copy);

    tenants.rotate("acme");
    assertThat(subjects.rotateAll("acme")).isEqualTo(1);
    secondsPass();
    byte[] after = written(SEAT_1);

    assertThat(read(before)).contains(CANARY);
    assertThat(read(after)).contains(CANARY);
    folder = copy;
    tenants = new KeyFolder(copy);
    requests = process();
    assertThat(read(before)).contains(CANARY);
    assertThat(read(after)).isEmpty();
  }

  private void copyKeys(Path copy) throws IOException {
    try (var all = Files.walk(folder)) {
      for (Path each : all.filter(Files::isRegularFile).toList()) {
        Path to = copy.resolve(folder.relativize(each));
        Files.createDirectories(to.getParent());
        Files.copy(each, to);
      }
    }
  }

  @Test
  void aTenantWithoutSuchKeysHasOneForAllItsAccountsAndNoFilesForThem() throws IOException {
    byte[] one = written(new TextSubject("globex", "seat-1"));
    byte[] other = written(new TextSubject("globex", "seat-2"));

    AvroSerde<InferenceRequest> raw = Topics.REQUESTS.serde(registry);
    assertThat(raw.deserialize(TOPIC, one).getSealed().getKey())
        .isEqualTo(raw.deserialize(TOPIC, other).getSealed().getKey());
    assertThat(folder.resolve("globex.subjects")).doesNotExist();
    assertThat(subjects.create(new TextSubject("globex", "seat-1"))).isFalse();
    AvroSerde<InferenceRequest> ofBefore =
        Topics.REQUESTS.serde(registry.withTexts(new TenantSeal(tenants, () -> now)));
    assertThat(ofBefore.deserialize(TOPIC, one).getBody()).contains(CANARY);
  }

  @Test
  void whatWasWrittenBeforeATenantHadSuchKeysIsReadOn() throws IOException {
    TextSubject seat = new TextSubject("globex", "seat-1");
    byte[] before = written(seat);

    assertThat(subjects.begin("globex")).isTrue();
    assertThat(subjects.begin("globex")).isFalse();
    secondsPass();
    byte[] after = written(seat);
    subjects.destroy(seat);
    secondsPass();

    assertThat(read(before)).contains(CANARY);
    assertThat(read(after)).isEmpty();
  }

  @Test
  void aFolderThatIsLostIsNoReasonToWriteUnderTheTenantsKey() throws IOException {
    written(SEAT_1);
    Files.move(folder.resolve("acme.subjects"), folder.resolve("elsewhere"));
    secondsPass();

    byte[] bytes = written(SEAT_1);
    assertThat(read(bytes)).contains(CANARY);
    Files.move(folder.resolve("acme.subjects"), folder.resolve("elsewhere again"));
    secondsPass();

    assertThat(read(bytes)).isEmpty();
  }

  @Test
  void aKeyIsItsOwnersAloneToReadAndShowsNothing() throws IOException {
    written(SEAT_1);

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keyOf(SEAT_1))))
        .isEqualTo("rw-------");
    assertThat(Files.readString(keyOf(SEAT_1), StandardCharsets.ISO_8859_1))
        .doesNotContain("seat", "ee6104dd", "google");
  }

  @Test
  void keysOfAccountsStandUnderOnesOfAKeyManagementService() throws Exception {
    Kms kms = new Kms();
    kms.create("kms://keys/acme");
    KmsKeys service = new KmsKeys(kms, "kms://keys/{tenant}");
    requests = Topics.REQUESTS.serde(sealing(service));
    byte[] bytes = written(SEAT_1);
    assertThat(read(bytes)).contains(CANARY);
    int asked = kms.asked;

    for (int i = 0; i < 10; i++) {
      secondsPass();
      assertThat(read(written(SEAT_1))).contains(CANARY);
    }
    assertThat(kms.asked).as("each question costs money").isEqualTo(asked);

    subjects.destroy(SEAT_1);
    secondsPass();
    assertThat(read(bytes)).isEmpty();
    assertThat(kms.asked).isEqualTo(asked);
  }
}
