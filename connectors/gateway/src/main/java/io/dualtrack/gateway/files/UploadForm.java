package io.dualtrack.gateway.files;

import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.schemas.StoredFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.fileupload.FileItemIterator;
import org.apache.commons.fileupload.FileItemStream;
import org.apache.commons.fileupload.FileUpload;
import org.apache.commons.fileupload.FileUploadException;
import org.apache.commons.fileupload.InvalidFileNameException;
import org.apache.commons.fileupload.MultipartStream;
import org.apache.commons.fileupload.UploadContext;

/**
 * Reads the form of an upload as it arrives. Clients differ: some send the purpose behind the file,
 * and some send the file without a name.
 */
final class UploadForm {

  private static final int MAX_PARTS = 16;
  private static final int MAX_PART_HEADER_BYTES = 4 * 1024;
  private static final int MAX_FIELD_BYTES = 1024;
  private static final int MAX_NAME_CHARS = 255;
  private static final long MIN_SECONDS = 3_600;
  private static final long MAX_SECONDS = 2_592_000;

  private final String contentType;
  private final InputStream body;

  /**
   * @param contentType of the request; null where it has none
   */
  UploadForm(String contentType, InputStream body) {
    this.contentType = contentType;
    this.body = body;
  }

  /**
   * Takes the form's file into an upload.
   *
   * @param limit bytes of the file at most
   * @throws io.dualtrack.gateway.error.ApiException with 400 or 413 for a form that cannot be taken
   */
  StoredFile receive(Files.Upload upload, long limit) throws IOException {
    Map<String, String> fields = new HashMap<>();
    String filename = null;
    try {
      FileItemIterator parts = parts();
      for (int count = 1; parts.hasNext(); count++) {
        if (count > MAX_PARTS) {
          throw malformed();
        }
        FileItemStream part = parts.next();
        try (InputStream content = part.openStream()) {
          if (!"file".equals(part.getFieldName())) {
            fields.put(part.getFieldName(), text(part.getFieldName(), content));
          } else if (filename == null) {
            filename = name(part);
            content.transferTo(upload.sink(limit));
          } else {
            throw invalid("file", "The form has more than one file.");
          }
        }
      }
    } catch (FileUploadException
        | MultipartStream.MalformedStreamException
        | IllegalArgumentException e) {
      // Its own messages quote the form.
      throw malformed();
    }
    if (filename == null) {
      throw invalid("file", "The form has no file.");
    }
    return upload.keep(filename, purpose(fields), expiresAfter(fields));
  }

  private static RuntimeException malformed() {
    return invalid(null, "The body is no well-formed multipart/form-data with few small fields.");
  }

  private FileItemIterator parts() throws FileUploadException, IOException {
    if (contentType == null || !contentType.startsWith("multipart/form-data")) {
      throw invalid(null, "A file is uploaded as multipart/form-data.");
    }
    FileUpload upload = new FileUpload();
    upload.setPartHeaderSizeMax(MAX_PART_HEADER_BYTES);
    return upload.getItemIterator(
        new UploadContext() {
          @Override
          public long contentLength() {
            return -1;
          }

          @Override
          public String getCharacterEncoding() {
            return StandardCharsets.UTF_8.name();
          }

          @Override
          public String getContentType() {
            return contentType;
          }

          @Override
          @Deprecated
          public int getContentLength() {
            return -1;
          }

          @Override
          public InputStream getInputStream() {
            return body;
          }
        });
  }

  private static String text(String field, InputStream content) throws IOException {
    byte[] bytes = content.readNBytes(MAX_FIELD_BYTES + 1);
    if (bytes.length > MAX_FIELD_BYTES) {
      throw invalid(null, "A field of the form is too long.");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** The last part of the name: shown again, and used for nothing else. */
  private static String name(FileItemStream part) {
    String given;
    try {
      given = part.getName();
    } catch (InvalidFileNameException e) {
      throw invalid("file", "The file's name is not one.");
    }
    if (given == null) {
      return "file";
    }
    String last = given.substring(Math.max(given.lastIndexOf('/'), given.lastIndexOf('\\')) + 1);
    String shown = last.replaceAll("\\p{Cntrl}", "").strip();
    if (shown.isEmpty()) {
      return "file";
    }
    return shown.substring(0, Math.min(shown.length(), MAX_NAME_CHARS));
  }

  private static String purpose(Map<String, String> fields) {
    String purpose = fields.get("purpose");
    if (purpose == null) {
      throw invalid("purpose", "The form has no purpose; it must be %s.".formatted(Files.BATCH));
    }
    if (!purpose.equals(Files.BATCH)) {
      throw invalid("purpose", "The purpose must be %s.".formatted(Files.BATCH));
    }
    return purpose;
  }

  private static Optional<Duration> expiresAfter(Map<String, String> fields) {
    String anchor = fields.get("expires_after[anchor]");
    String seconds = fields.get("expires_after[seconds]");
    if (anchor == null && seconds == null) {
      return Optional.empty();
    }
    if (!"created_at".equals(anchor)) {
      throw invalid("expires_after[anchor]", "The anchor must be created_at.");
    }
    try {
      long value = Long.parseLong(String.valueOf(seconds).strip());
      if (value >= MIN_SECONDS && value <= MAX_SECONDS) {
        return Optional.of(Duration.ofSeconds(value));
      }
    } catch (NumberFormatException e) {
      throw seconds();
    }
    throw seconds();
  }

  private static RuntimeException seconds() {
    return invalid(
        "expires_after[seconds]",
        "The seconds must be a whole number from %d to %d.".formatted(MIN_SECONDS, MAX_SECONDS));
  }

  private static RuntimeException invalid(String param, String message) {
    return ApiError.invalid("invalid_form", param, message).toException();
  }
}
