package io.dualtrack.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.multipart.Attribute;
import io.netty.handler.codec.http.multipart.DefaultHttpDataFactory;
import io.netty.handler.codec.http.multipart.FileUpload;
import io.netty.handler.codec.http.multipart.HttpPostRequestDecoder;
import io.netty.handler.codec.http.multipart.InterfaceHttpData;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** OpenAI's files. One thread only. */
final class OpenAiFiles {

  private static final Set<String> PURPOSES =
      Set.of("assistants", "batch", "fine-tune", "vision", "user_data", "evals");

  record File(ObjectNode about, byte[] content) {}

  private final Map<String, File> files = new LinkedHashMap<>();
  private int made;

  /**
   * @throws Refusal where there is no such file
   */
  File find(String id) {
    File file = files.get(id);
    if (file == null) {
      throw missing("file", id);
    }
    return file;
  }

  Batches.Answer answer(Route route, FullHttpRequest request, String id, String action) {
    HttpMethod method = request.method();
    if (id.isEmpty()) {
      if (method.equals(HttpMethod.POST)) {
        return Batches.Answer.json(upload(request));
      }
      List<ObjectNode> all = new ArrayList<>();
      files.values().forEach(file -> all.add(file.about()));
      Collections.reverse(all);
      return Batches.Answer.json(Batches.page(all, route, "after", 10_000).put("object", "list"));
    }
    File file = find(id);
    if (action.equals("content")) {
      return Batches.Answer.lines("application/octet-stream", file.content());
    }
    if (method.equals(HttpMethod.DELETE)) {
      files.remove(id);
      return Batches.Answer.json(
          Checks.MAPPER
              .createObjectNode()
              .put("id", id)
              .put("object", "file")
              .put("deleted", true));
    }
    return Batches.Answer.json(file.about());
  }

  private ObjectNode upload(FullHttpRequest request) {
    HttpPostRequestDecoder decoder =
        new HttpPostRequestDecoder(new DefaultHttpDataFactory(false), request);
    try {
      byte[] content = null;
      String name = "upload";
      String purpose = null;
      for (InterfaceHttpData data : decoder.getBodyHttpDatas()) {
        if (data.getName().equals("file") && data instanceof FileUpload upload) {
          content = upload.get();
          name = upload.getFilename();
        } else if (data.getName().equals("file") && data instanceof Attribute attribute) {
          // Some clients send bytes without a file's name.
          content = attribute.get();
        } else if (data.getName().equals("purpose") && data instanceof Attribute attribute) {
          purpose = attribute.getValue();
        }
      }
      if (content == null || purpose == null) {
        throw Refusal.badRequest(
            "missing_required_parameter",
            content == null ? "file" : "purpose",
            "A file needs its content and a purpose.");
      }
      if (!PURPOSES.contains(purpose)) {
        throw Refusal.badRequest(
            "invalid_value", "purpose", "'%s' is not one of %s.".formatted(purpose, PURPOSES));
      }
      return store(content, name, purpose);
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory", e);
    } catch (HttpPostRequestDecoder.ErrorDataDecoderException e) {
      throw Refusal.badRequest(null, null, "The body is not a multipart form.");
    } finally {
      decoder.destroy();
    }
  }

  ObjectNode store(byte[] content, String name, String purpose) {
    String id = "file-sandbox" + ++made + "_" + System.nanoTime() % 1_000_000;
    ObjectNode about =
        Checks.MAPPER
            .createObjectNode()
            .put("id", id)
            .put("object", "file")
            .put("bytes", content.length)
            .put("created_at", System.currentTimeMillis() / 1_000)
            .put("filename", name)
            .put("purpose", purpose)
            .put("status", "processed");
    files.put(id, new File(about, content));
    return about;
  }

  static Refusal missing(String kind, String id) {
    return Refusal.of(404, "invalid_request_error", "No such %s: %s".formatted(kind, id));
  }
}
