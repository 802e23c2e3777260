package io.dualtrack.jobs.abuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With classes of its own each time, which are made ready anew. */
class SketchLibraryTest {

  private static final String VERSION = "java.version";
  private static final String LATER = "25.0.3";

  private final String version = System.getProperty(VERSION);
  private final URLClassLoader classes =
      new URLClassLoader(
          Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
              .map(SketchLibraryTest::url)
              .toArray(URL[]::new),
          ClassLoader.getPlatformClassLoader());

  @BeforeEach
  void beALaterJava() {
    System.setProperty(VERSION, LATER);
  }

  @AfterEach
  void beThisJavaAgain() throws Exception {
    System.setProperty(VERSION, version);
    classes.close();
  }

  @Test
  void theLibraryAloneRefusesAJavaThatCameAfterIt() {
    assertThatThrownBy(this::wrap)
        .isInstanceOf(InvocationTargetException.class)
        .hasRootCauseMessage(
            "Unsupported JDK Major Version. It must be one of 1.8, 8, 11, 17, 21: " + LATER);
  }

  @Test
  void sketchesWorkOnALaterJavaOnceTheLibraryWasStarted() throws Exception {
    Method start = classes.loadClass(SketchLibrary.class.getName()).getDeclaredMethod("start");
    start.setAccessible(true);
    start.invoke(null);

    assertThat(wrap()).isNotNull();
    assertThat(System.getProperty(VERSION)).isEqualTo(LATER);
  }

  private Object wrap() throws Exception {
    return classes
        .loadClass("org.apache.datasketches.memory.WritableMemory")
        .getMethod("writableWrap", byte[].class)
        .invoke(null, (Object) new byte[64]);
  }

  private static URL url(String path) {
    try {
      URI uri = Path.of(path).toUri();
      return uri.toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
