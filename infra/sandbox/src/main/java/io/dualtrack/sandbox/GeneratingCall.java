package io.dualtrack.sandbox;

/** A call that generates text: what is asked answers most questions in every dialect. */
interface GeneratingCall extends Dialect.Call {

  Generation.Asked asked();

  @Override
  default String model() {
    return asked().model();
  }

  @Override
  default long hash() {
    return asked().hash();
  }

  @Override
  default long promptTokens() {
    return asked().promptTokens();
  }

  @Override
  default boolean streamed() {
    return asked().streamed();
  }

  @Override
  default String prompt() {
    return asked().prompt();
  }

  @Override
  default long completionTokens(long fixed) {
    return asked().completionTokens(fixed);
  }
}
