package io.dualtrack.topology;

import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.CompressionType;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * The memory that all stores of one process share. Without it each store of each partition takes a
 * cache of 50 MB and write buffers of its own.
 */
public final class StoreMemory implements AutoCloseable {

  /** Name in Streams' configuration under which stores find the memory of their process. */
  static final String CONFIG = "dualtrack.store.memory";

  private static final long WRITE_BUFFER_BYTES = 16L * 1024 * 1024;

  private final Cache cache;
  private final WriteBufferManager writeBuffers;

  /**
   * @param bytes for the cache and, within it, the write buffers
   */
  public StoreMemory(long bytes) {
    RocksDB.loadLibrary();
    this.cache = new LRUCache(bytes);
    this.writeBuffers = new WriteBufferManager(bytes / 2, cache);
  }

  /** To be called after every store is closed. */
  @Override
  public void close() {
    writeBuffers.close();
    cache.close();
  }

  /** Makes a store use the memory of its process. */
  public static final class Setter implements RocksDBConfigSetter {

    @Override
    public void setConfig(String storeName, Options options, Map<String, Object> configs) {
      StoreMemory memory = (StoreMemory) configs.get(CONFIG);
      BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
      table.setBlockCache(memory.cache);
      table.setCacheIndexAndFilterBlocks(true);
      options.setTableFormatConfig(table);
      options.setWriteBufferManager(memory.writeBuffers);
      options.setWriteBufferSize(WRITE_BUFFER_BYTES);
      options.setMaxWriteBufferNumber(2);
      // A kept answer names its key three times, and answers begin and end alike.
      options.setCompressionType(CompressionType.LZ4_COMPRESSION);
    }

    /** What stores share is closed with the process's {@link StoreMemory}. */
    @Override
    public void close(String storeName, Options options) {}
  }
}
