package io.dualtrack.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.schemas.BundleSignature.Trust;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleSignatureTest {

  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

  @TempDir Path folder;
  private Path file;
  private SigningKey key;
  private TrustedKeys trusted;

  @BeforeEach
  void makeKey() throws IOException {
    file = folder.resolve("keys/policy");
    key = SigningKey.openOrCreate(file);
    trusted = TrustedKeys.read(SigningKey.publicFile(file));
  }

  private static PolicyBundle bundle() {
    return PolicyBundle.newBuilder()
        .setId("house")
        .setVersion("1")
        .setPublishedAt(NOW)
        .setRules(
            List.of(
                Rule.newBuilder()
                    .setId("r")
                    .setVersion(1)
                    .setSource("house")
                    .setConfidence(RuleConfidence.HOUSE)
                    .setEffect(RuleEffect.DENY)
                    .setCondition("lane == 'API'")
                    .setCode("R")
                    .setReason("because")
                    .setOwner("compliance")
                    .setEffectiveFrom(NOW)
                    .build()))
        .build();
  }

  @Test
  void aSignedBundleIsTrustedAlsoAfterItsWayThroughATopic() {
    PolicyBundle bundle = bundle();
    BundleSignature.sign(bundle, key);
    AvroSerde<PolicyBundle> serde = Topics.POLICIES.serde(SchemaRegistry.inMemory());

    PolicyBundle read =
        serde.deserialize(Topics.POLICIES.name(), serde.serialize(Topics.POLICIES.name(), bundle));

    assertThat(BundleSignature.check(read, trusted)).isEqualTo(Trust.TRUSTED);
    assertThat(Fingerprints.of(read)).isEqualTo(Fingerprints.of(bundle()));
  }

  @Test
  void aChangeOfAnythingAfterTheSignatureIsNoticed() {
    PolicyBundle rule = signed();
    rule.getRules().get(0).setCondition("false");
    PolicyBundle age = signed();
    age.setPublishedAt(NOW.plusSeconds(1));
    PolicyBundle limit = signed();
    limit.setValidUntil(NOW.plusSeconds(1));
    PolicyBundle fewer = signed();
    fewer.setRules(List.of());

    assertThat(List.of(rule, age, limit, fewer))
        .allSatisfy(
            changed ->
                assertThat(BundleSignature.check(changed, trusted)).isEqualTo(Trust.BAD_SIGNATURE));
  }

  @Test
  void aBundleWithoutASignatureOrUnderAnotherKeyIsNotTrusted() throws IOException {
    SigningKey other = SigningKey.openOrCreate(folder.resolve("other"));
    PolicyBundle foreign = bundle();
    BundleSignature.sign(foreign, other);
    PolicyBundle garbled = signed();
    garbled.setSignature(ByteBuffer.wrap(new byte[] {1, 2, 3}));

    assertThat(BundleSignature.check(bundle(), trusted)).isEqualTo(Trust.UNSIGNED);
    assertThat(BundleSignature.check(foreign, trusted)).isEqualTo(Trust.UNKNOWN_KEY);
    assertThat(BundleSignature.check(foreign, TrustedKeys.none())).isEqualTo(Trust.UNKNOWN_KEY);
    assertThat(BundleSignature.check(garbled, trusted)).isEqualTo(Trust.BAD_SIGNATURE);
  }

  @Test
  void aKeyIsMadeOnceAndReadAgain() throws IOException {
    assertThat(SigningKey.openOrCreate(file).id()).isEqualTo(key.id());
    assertThat(SigningKey.open(file).sign(new byte[] {1})).isEqualTo(key.sign(new byte[] {1}));
  }

  @Test
  void aFileThatHoldsNoKeyIsSaidSo() throws IOException {
    Path empty = Files.writeString(folder.resolve("empty"), "nothing");

    assertThatThrownBy(() -> SigningKey.open(empty))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("openssl genpkey");
    assertThatThrownBy(() -> TrustedKeys.read(empty))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no PUBLIC KEY");
  }

  private PolicyBundle signed() {
    PolicyBundle bundle = bundle();
    BundleSignature.sign(bundle, key);
    return bundle;
  }
}
