package io.dualtrack.inference.adapter.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.core.document.Document;
import software.amazon.awssdk.core.protocol.MarshallingType;
import software.amazon.awssdk.core.traits.ListTrait;
import software.amazon.awssdk.core.traits.MapTrait;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeClient;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseRequest;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseResponse;
import software.amazon.awssdk.utils.builder.Buildable;

/** AWS's own SDK, with its model classes filled from JSON and without a network. */
final class SdkWire implements SdkHttpClient {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final byte[] answer;
  private SdkHttpRequest sent;
  private JsonNode body;

  /**
   * @param answer that every call gets
   */
  SdkWire(String answer) {
    this.answer = answer.getBytes(StandardCharsets.UTF_8);
  }

  ConverseResponse converse(ConverseRequest request) {
    try (BedrockRuntimeClient client =
        BedrockRuntimeClient.builder()
            .region(Region.EU_CENTRAL_1)
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("AKIA", "secret")))
            .httpClient(this)
            .build()) {
      return client.converse(request);
    }
  }

  SdkHttpRequest sent() {
    return sent;
  }

  JsonNode body() {
    return body;
  }

  @Override
  public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
    sent = request.httpRequest();
    try (InputStream in = request.contentStreamProvider().orElseThrow().newStream()) {
      body = JSON.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new ExecutableHttpRequest() {
      @Override
      public HttpExecuteResponse call() {
        return HttpExecuteResponse.builder()
            .response(
                SdkHttpResponse.builder()
                    .statusCode(200)
                    .putHeader("Content-Type", "application/json")
                    .build())
            .responseBody(AbortableInputStream.create(new ByteArrayInputStream(answer)))
            .build();
      }

      @Override
      public void abort() {
        throw new UnsupportedOperationException("nothing to abort");
      }
    };
  }

  @Override
  public void close() {
    // Holds nothing.
  }

  /**
   * Fills a model class.
   *
   * @throws AssertionError naming a member that the class does not have
   */
  static Object fill(SdkPojo builder, JsonNode node) {
    Map<String, SdkField<?>> fields = new LinkedHashMap<>();
    builder.sdkFields().forEach(field -> fields.put(field.locationName(), field));
    for (Map.Entry<String, JsonNode> member : node.properties()) {
      SdkField<?> field = fields.get(member.getKey());
      if (field == null) {
        throw new AssertionError(
            member.getKey() + " is no member of " + builder.getClass().getSimpleName());
      }
      field.set(builder, value(field, member.getValue()));
    }
    return builder;
  }

  private static Object value(SdkField<?> field, JsonNode node) {
    MarshallingType<?> type = field.marshallingType();
    if (type == MarshallingType.SDK_POJO) {
      return ((Buildable) fill(field.constructor().get(), node)).build();
    }
    if (type == MarshallingType.LIST) {
      SdkField<?> of = field.getTrait(ListTrait.class).memberFieldInfo();
      List<Object> list = new ArrayList<>();
      node.forEach(each -> list.add(value(of, each)));
      return list;
    }
    if (type == MarshallingType.MAP) {
      SdkField<?> of = field.getTrait(MapTrait.class).valueFieldInfo();
      Map<String, Object> map = new LinkedHashMap<>();
      node.properties().forEach(each -> map.put(each.getKey(), value(of, each.getValue())));
      return map;
    }
    if (type == MarshallingType.STRING && node.isTextual()) {
      return node.textValue();
    }
    if (type == MarshallingType.INTEGER && node.isInt()) {
      return node.intValue();
    }
    if (type == MarshallingType.FLOAT && node.isNumber()) {
      return node.floatValue();
    }
    if (type == MarshallingType.SDK_BYTES && node.isTextual()) {
      return SdkBytes.fromByteArray(Base64.getDecoder().decode(node.textValue()));
    }
    if (type == MarshallingType.DOCUMENT) {
      return document(node);
    }
    throw new AssertionError(field.locationName() + " is not of the type " + type);
  }

  private static Document document(JsonNode node) {
    if (node.isObject()) {
      Map<String, Document> members = new LinkedHashMap<>();
      node.properties().forEach(each -> members.put(each.getKey(), document(each.getValue())));
      return Document.fromMap(members);
    }
    if (node.isArray()) {
      List<Document> elements = new ArrayList<>();
      node.forEach(each -> elements.add(document(each)));
      return Document.fromList(elements);
    }
    if (node.isBoolean()) {
      return Document.fromBoolean(node.booleanValue());
    }
    return node.isNumber()
        ? Document.fromNumber(node.decimalValue())
        : node.isNull() ? Document.fromNull() : Document.fromString(node.textValue());
  }
}
