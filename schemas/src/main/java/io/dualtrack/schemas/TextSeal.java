package io.dualtrack.schemas;

import java.util.Optional;

/**
 * Keeps texts from whoever can read records. A serde asks it wherever a record with text is written
 * or read, so that topics, repartition topics, changelogs and stores are treated alike.
 *
 * <p>Threads may share an instance.
 */
public interface TextSeal {

  /** Writes texts as they are, and reads only such. */
  TextSeal NONE =
      new TextSeal() {
        @Override
        public Optional<SealedText> seal(TextSubject subject, String boundTo, String text) {
          return Optional.empty();
        }

        @Override
        public Optional<String> open(TextSubject subject, String boundTo, SealedText sealed) {
          return Optional.empty();
        }
      };

  /**
   * @param boundTo what the text belongs to; it is opened for the same only
   * @return empty where texts are written as they are; where they are not, and there is no key of
   *     the subject, a sealed text without any
   * @throws org.apache.kafka.common.errors.SerializationException with a cause, where it can not be
   *     known now whether there is a key
   */
  Optional<SealedText> seal(TextSubject subject, String boundTo, String text);

  /**
   * @return empty where the text cannot be read any more: its key was destroyed, or it is not about
   *     this subject, or not what was sealed
   * @throws org.apache.kafka.common.errors.SerializationException with a cause, where that cannot
   *     be known now
   */
  Optional<String> open(TextSubject subject, String boundTo, SealedText sealed);

  /**
   * Whether the tenant's texts are each under a key of their own subject, so that accounts must
   * share none.
   *
   * @throws org.apache.kafka.common.errors.SerializationException with a cause, where that cannot
   *     be known now
   */
  default boolean bySubject(String tenant) {
    return false;
  }

  /**
   * The same, telling of each text that cannot be read any more.
   *
   * @param unreadable run on the thread that reads
   */
  default TextSeal telling(Runnable unreadable) {
    TextSeal same = this;
    return new TextSeal() {
      @Override
      public Optional<SealedText> seal(TextSubject subject, String boundTo, String text) {
        return same.seal(subject, boundTo, text);
      }

      @Override
      public Optional<String> open(TextSubject subject, String boundTo, SealedText sealed) {
        Optional<String> opened = same.open(subject, boundTo, sealed);
        if (opened.isEmpty()) {
          unreadable.run();
        }
        return opened;
      }

      @Override
      public boolean bySubject(String tenant) {
        return same.bySubject(tenant);
      }
    };
  }
}
