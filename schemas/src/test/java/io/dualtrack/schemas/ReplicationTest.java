package io.dualtrack.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReplicationTest {

  @Test
  void thereAreThreeCopiesAndFewerWhereThereAreFewerBrokers() {
    assertThat(Replication.fitting(1)).isEqualTo(new Replication(1, 1));
    assertThat(Replication.fitting(2)).isEqualTo(new Replication(2, 1));
    assertThat(Replication.fitting(3)).isEqualTo(new Replication(3, 2));
    assertThat(Replication.fitting(9)).isEqualTo(new Replication(3, 2));
  }
}
