package io.dualtrack.inference.bodies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.files.BodyStore;
import io.dualtrack.files.FileStore;
import io.dualtrack.files.FileStoreConfig;
import io.dualtrack.files.UnusableBodyException;
import io.dualtrack.inference.Samples;
import io.dualtrack.schemas.BodyFile;
import io.dualtrack.schemas.DispatchOrder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BodyReaderTest {

  private static final String STORED =
      "{\"messages\":[{\"role\":\"user\",\"content\":\"long\"}],\"tools\":[{\"n\":1.50}]}";

  @TempDir Path folder;
  private FileStore files;
  private BodyReader reader;

  @BeforeEach
  void open() throws IOException {
    files = FileStoreConfig.local(folder).open();
    reader = new BodyReader(FileStoreConfig.local(folder).open(), "bodies");
  }

  @AfterEach
  void close() {
    reader.close();
    files.close();
  }

  private DispatchOrder order(String body) throws IOException {
    BodyFile file =
        new BodyStore(files).write("body-1", STORED.getBytes(StandardCharsets.UTF_8), "");
    return DispatchOrder.newBuilder(Samples.order("1", "a"))
        .setBody(body)
        .setBodyFile(file)
        .build();
  }

  @Test
  void bothPartsMakeTheBodyAndNumbersKeepTheirDigits() throws IOException {
    DispatchOrder whole = reader.whole(order("{\"model\":\"m\",\"top_p\":0.10}")).join();

    assertThat(whole.getBody()).isEqualTo("{\"model\":\"m\",\"top_p\":0.10," + STORED.substring(1));
  }

  @Test
  void aMessageThatWasPutBeforeTheStoredOnesStaysThere() throws IOException {
    DispatchOrder whole =
        reader.whole(order("{\"messages\":[{\"role\":\"system\",\"content\":\"first\"}]}")).join();

    assertThat(whole.getBody())
        .startsWith(
            "{\"messages\":[{\"role\":\"system\",\"content\":\"first\"},"
                + "{\"role\":\"user\",\"content\":\"long\"}],");
  }

  @Test
  void aBodyThatIsGoneFailsTheOrderAndDoesNotHang() throws IOException {
    DispatchOrder order = order("{}");
    files.delete("body-1");

    assertThatThrownBy(() -> reader.whole(order).join())
        .hasCauseInstanceOf(UnusableBodyException.class);
  }
}
