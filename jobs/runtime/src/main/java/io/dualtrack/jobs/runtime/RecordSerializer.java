package io.dualtrack.jobs.runtime;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.RecordEncoder;
import io.dualtrack.schemas.RecordOutput;
import io.dualtrack.schemas.RecordParser;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.util.Objects;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Our Avro records between tasks and in state: a length and the record in Avro's binary encoding.
 *
 * <p>Flink's own Avro serializer would do but for one thing: Avro makes only classes of packages
 * that were trusted before, and a task that restores its state in a new process may read the first
 * record before any other class of ours is loaded. Loading this class is what gives the trust.
 */
public final class RecordSerializer<V extends SpecificRecord> extends TypeSerializer<V> {

  private static final long serialVersionUID = 1;

  static {
    AvroSerde.trustRecords();
  }

  private final Class<V> type;

  /** JSON of the schema that the bytes to read were written with; null for the class's own. */
  private final String writtenWith;

  private transient Schema schema;
  private transient SpecificData model;
  private transient RecordEncoder<V> writer;
  private transient RecordParser<V> parser;

  /** Null where what is read was written with today's schema. */
  private transient SpecificDatumReader<V> resolver;

  private transient RecordOutput buffer;
  private transient byte[] bytes;
  private transient BinaryDecoder decoder;

  public RecordSerializer(Class<V> type) {
    this(type, null);
  }

  RecordSerializer(Class<V> type, String writtenWith) {
    this.type = Objects.requireNonNull(type);
    this.writtenWith = writtenWith;
    prepare();
  }

  private void prepare() {
    model = SpecificData.getForClass(type);
    schema = model.getSchema(type);
    writer = new RecordEncoder<>(type);
    parser = new RecordParser<>(type);
    Schema written = writtenWith == null ? schema : new Schema.Parser().parse(writtenWith);
    resolver = written.equals(schema) ? null : new SpecificDatumReader<>(written, schema, model);
    buffer = new RecordOutput();
    bytes = new byte[512];
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    prepare();
  }

  Class<V> type() {
    return type;
  }

  Schema schema() {
    return schema;
  }

  @Override
  public void serialize(V record, DataOutputView target) throws IOException {
    buffer.clear();
    writer.write(record, buffer);
    target.writeInt(buffer.length());
    target.write(buffer.array(), 0, buffer.length());
  }

  @Override
  public V deserialize(DataInputView source) throws IOException {
    int length = source.readInt();
    if (length > bytes.length) {
      bytes = new byte[Math.max(length, 2 * bytes.length)];
    }
    source.readFully(bytes, 0, length);
    if (resolver == null) {
      return parser.parse(bytes, 0, length);
    }
    decoder = DecoderFactory.get().binaryDecoder(bytes, 0, length, decoder);
    return resolver.read(null, decoder);
  }

  @Override
  public V deserialize(V reuse, DataInputView source) throws IOException {
    return deserialize(source);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    int length = source.readInt();
    target.writeInt(length);
    target.write(source, length);
  }

  @Override
  public V copy(V from) {
    return model.deepCopy(schema, from);
  }

  @Override
  public V copy(V from, V reuse) {
    return copy(from);
  }

  /** Null: no record can be made without its fields, and Flink asks only to reuse it. */
  @Override
  public V createInstance() {
    return null;
  }

  @Override
  public boolean isImmutableType() {
    return false;
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public TypeSerializer<V> duplicate() {
    return new RecordSerializer<>(type, writtenWith);
  }

  @Override
  public TypeSerializerSnapshot<V> snapshotConfiguration() {
    return new RecordSerializerSnapshot<>(type, schema.toString());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RecordSerializer<?> that
        && type.equals(that.type)
        && Objects.equals(writtenWith, that.writtenWith);
  }

  @Override
  public int hashCode() {
    return Objects.hash(type, writtenWith);
  }
}
