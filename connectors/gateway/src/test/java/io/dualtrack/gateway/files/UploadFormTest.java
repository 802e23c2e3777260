package io.dualtrack.gateway.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.gateway.error.ApiException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Forms that are refused before anything of a file is kept. */
class UploadFormTest {

  private static final String TYPE = "multipart/form-data; boundary=b";

  private static String field(String name, String value) {
    return "--b\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
        .formatted(name, value);
  }

  private static void assertRefused(String type, String body, String param, String says) {
    UploadForm form =
        new UploadForm(type, new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));

    assertThatThrownBy(() -> form.receive(null, 1_000))
        .isInstanceOfSatisfying(
            ApiException.class,
            refused -> {
              assertThat(refused.error().status()).isEqualTo(400);
              assertThat(refused.error().code()).isEqualTo("invalid_form");
              assertThat(refused.error().param()).isEqualTo(param);
              assertThat(refused.error().message()).contains(says);
            });
  }

  @Test
  void whatIsNoFormSaysHowAFileIsUploaded() {
    assertRefused(null, "", null, "multipart/form-data");
    assertRefused("application/json", "{}", null, "multipart/form-data");
  }

  @Test
  void aFormWithoutABoundaryOrWithoutAnEndIsNotWellFormed() {
    assertRefused("multipart/form-data", field("purpose", "batch"), null, "well-formed");
    assertRefused(
        TYPE, "--b\r\nContent-Disposition: form-data; name=\"purpose\"", null, "well-formed");
  }

  @Test
  void aFormWithoutAFileSaysSo() {
    assertRefused(TYPE, field("purpose", "batch") + "--b--\r\n", "file", "no file");
  }

  @Test
  void aFieldThatIsLongerThanAnyOfItsKindIsRefusedWithoutBeingQuoted() {
    String text = "secret".repeat(200);
    UploadForm form =
        new UploadForm(
            TYPE,
            new ByteArrayInputStream(
                (field("purpose", text) + "--b--\r\n").getBytes(StandardCharsets.UTF_8)));

    assertThatThrownBy(() -> form.receive(null, 1_000))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("too long")
        .hasMessageNotContaining("secret");
  }

  @Test
  void aFormOfManyPartsIsRefused() {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      body.append(field("f" + i, "x"));
    }
    assertRefused(TYPE, body + "--b--\r\n", null, "few small fields");
  }
}
