package io.dualtrack.warehouse.postgres;

import io.dualtrack.schemas.Topic;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;

/**
 * A topic and the table that has its records.
 *
 * @param id of a record, for topics whose key is not its id
 */
record Feed<V extends SpecificRecord>(
    Topic<V> topic, RecordTable<V> table, Function<V, String> id) {}
