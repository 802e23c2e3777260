package io.dualtrack.schemas;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * An Ed25519 key that signs (RFC 8032). Its file is PKCS#8 in PEM, as {@code openssl genpkey
 * -algorithm ed25519} writes it; the public half is in the file of the same name with {@code .pub}
 * behind it.
 */
public final class SigningKey {

  private static final String PUBLIC_SUFFIX = ".pub";

  private final PrivateKey key;
  private final String id;

  private SigningKey(PrivateKey key, String id) {
    this.key = key;
    this.id = id;
  }

  /**
   * Reads a key, and makes one first where the file is missing.
   *
   * @throws IOException if the files cannot be read or written, or hold no such key
   */
  public static SigningKey openOrCreate(Path file) throws IOException {
    if (!Files.exists(file)) {
      create(file);
    }
    return open(file);
  }

  /**
   * Reads a key.
   *
   * @throws IOException if the files cannot be read or hold no such key
   */
  public static SigningKey open(Path file) throws IOException {
    List<byte[]> found = Pem.decode(Files.readString(file), Pem.PRIVATE);
    if (found.size() != 1) {
      throw new IOException(
          "%s does not hold one PRIVATE KEY in PEM; make one with openssl genpkey -algorithm ed25519"
              .formatted(file));
    }
    try {
      PrivateKey key =
          KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(found.get(0)));
      return new SigningKey(key, TrustedKeys.read(publicFile(file)).onlyId());
    } catch (GeneralSecurityException e) {
      throw new IOException("%s holds no Ed25519 key".formatted(file), e);
    }
  }

  /** Where the public half of a key is. */
  public static Path publicFile(Path file) {
    return file.resolveSibling(file.getFileName() + PUBLIC_SUFFIX);
  }

  private static void create(Path file) throws IOException {
    KeyPair pair;
    try {
      pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no Ed25519", e);
    }
    Files.createDirectories(file.toAbsolutePath().getParent());
    try {
      // The public half first: a private key without it could not be opened.
      Files.writeString(publicFile(file), Pem.encode(Pem.PUBLIC, pair.getPublic().getEncoded()));
      Path secret = Files.createTempFile(file.toAbsolutePath().getParent(), "key", ".new", owner());
      Files.writeString(
          secret,
          Pem.encode(Pem.PRIVATE, pair.getPrivate().getEncoded()),
          StandardOpenOption.TRUNCATE_EXISTING);
      Files.move(secret, file);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(
          "another process makes %s at this moment; try again".formatted(file), e);
    }
  }

  private static FileAttribute<?>[] owner() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  /** Names the key among trusted ones: the first digits of the SHA-256 of its public half. */
  public String id() {
    return id;
  }

  public byte[] sign(byte[] content) {
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(key);
      signature.update(content);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("an Ed25519 key cannot sign", e);
    }
  }

  /** PEM as RFC 7468 has it, without anything beside the content. */
  static final class Pem {

    static final String PRIVATE = "PRIVATE KEY";
    static final String PUBLIC = "PUBLIC KEY";

    private Pem() {}

    static String encode(String label, byte[] content) {
      return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
          .formatted(
              label, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content), label);
    }

    /** Every block of a label. */
    static List<byte[]> decode(String text, String label) throws IOException {
      String begin = "-----BEGIN " + label + "-----";
      String end = "-----END " + label + "-----";
      List<byte[]> blocks = new ArrayList<>();
      int at = 0;
      while ((at = text.indexOf(begin, at)) >= 0) {
        int until = text.indexOf(end, at);
        if (until < 0) {
          throw new IOException("a PEM block of a %s does not end".formatted(label));
        }
        try {
          blocks.add(Base64.getMimeDecoder().decode(text.substring(at + begin.length(), until)));
        } catch (IllegalArgumentException e) {
          throw new IOException("a PEM block of a %s is not Base64".formatted(label), e);
        }
        at = until;
      }
      return blocks;
    }
  }
}
