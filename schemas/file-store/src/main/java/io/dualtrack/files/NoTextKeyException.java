package io.dualtrack.files;

import java.io.IOException;

/** A content cannot be encrypted or decrypted, and will not be: there is no key for it. */
public final class NoTextKeyException extends IOException {

  private static final long serialVersionUID = 1L;

  NoTextKeyException(String tenant) {
    super(
        "the text key of tenant %s, or of the account, does not exist, or was destroyed; ask the operator"
            .formatted(tenant));
  }
}
