package io.dualtrack.files;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Objects of an S3-compatible bucket. A content is gathered on local disk and sent when it is
 * whole, so that a killed process leaves no parts in the bucket. Credentials come from where the
 * AWS SDK looks for them.
 */
final class S3FileStore implements FileStore {

  private static final int RANGE_NOT_SATISFIABLE = 416;

  private final S3Client client;
  private final String bucket;
  private final String prefix;
  private final Path drafts;

  /**
   * @param location {@code s3://bucket/prefix}
   * @param endpoint of a service that is not AWS; addressed by path then
   */
  S3FileStore(URI location, Optional<URI> endpoint, Optional<String> region, Path drafts)
      throws IOException {
    this.bucket = location.getHost();
    String path = location.getPath() == null ? "" : location.getPath().replaceAll("^/|/$", "");
    this.prefix = path.isEmpty() ? "" : path + "/";
    this.drafts = Files.createDirectories(drafts);
    LocalFileStore.removeAbandoned(drafts);
    S3ClientBuilder builder =
        S3Client.builder()
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            // Not every compatible service knows the newer trailing checksums.
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
    endpoint.ifPresent(uri -> builder.endpointOverride(uri).forcePathStyle(true));
    region.map(Region::of).ifPresent(builder::region);
    this.client = builder.build();
  }

  private String key(String id) {
    return prefix + FileStore.checked(id);
  }

  @Override
  public FileDraft begin(String id) throws IOException {
    String key = key(id);
    return new TemporaryFile(drafts, id, whole -> send(whole, key));
  }

  private void send(Path whole, String key) throws IOException {
    try {
      client.putObject(to -> to.bucket(bucket).key(key), RequestBody.fromFile(whole));
    } catch (SdkException e) {
      throw failed("write", e);
    }
  }

  @Override
  public InputStream open(String id, long offset) throws IOException {
    GetObjectRequest.Builder request = GetObjectRequest.builder().bucket(bucket).key(key(id));
    if (offset > 0) {
      request.range("bytes=%d-".formatted(offset));
    }
    try {
      return client.getObject(request.build());
    } catch (NoSuchKeyException e) {
      NoSuchFileException none = new NoSuchFileException(id);
      none.initCause(e);
      throw none;
    } catch (S3Exception e) {
      if (e.statusCode() == RANGE_NOT_SATISFIABLE) {
        return InputStream.nullInputStream();
      }
      throw failed("read", e);
    } catch (SdkException e) {
      throw failed("read", e);
    }
  }

  @Override
  public List<String> list(String beginning) throws IOException {
    try {
      return client
          .listObjectsV2Paginator(in -> in.bucket(bucket).prefix(prefix + beginning))
          .contents()
          .stream()
          .map(object -> object.key().substring(prefix.length()))
          .toList();
    } catch (SdkException e) {
      throw failed("list", e);
    }
  }

  @Override
  public void delete(String id) throws IOException {
    try {
      client.deleteObject(from -> from.bucket(bucket).key(key(id)));
    } catch (SdkException e) {
      throw failed("delete", e);
    }
  }

  private IOException failed(String what, SdkException e) {
    return new IOException(
        "cannot %s a file in bucket %s: %s".formatted(what, bucket, e.getMessage()), e);
  }

  @Override
  public void close() {
    client.close();
  }
}
