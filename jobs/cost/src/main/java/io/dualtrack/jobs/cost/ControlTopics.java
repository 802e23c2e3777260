package io.dualtrack.jobs.cost;

import io.dualtrack.jobs.runtime.JobConfig;
import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.jobs.runtime.TopicSource;
import io.dualtrack.jobs.runtime.TopicTable;
import io.dualtrack.schemas.CacheContract;
import io.dualtrack.schemas.CostControl;
import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.MonthClose;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Repricing;
import io.dualtrack.schemas.SelfHostedCost;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantStatus;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.function.SerializableFunction;

/**
 * The control topics that the job reads, as one stream.
 *
 * @param records in the order of each topic
 * @param deadLetters of records that nobody can read
 */
record ControlTopics(DataStream<CostControl> records, List<DataStream<DeadLetter>> deadLetters) {

  /** Stands in a record's text field where the record was withdrawn. */
  private static final String WITHDRAWN = "";

  static ControlTopics read(StreamExecutionEnvironment env, JobConfig config) {
    Reader reader = new Reader(env, config);
    reader.add(Topics.PRICES, Price::getPriceId, Price::getOffering, ControlTopics::price);
    reader.add(
        Topics.CURRENCIES,
        CurrencyRate::getRateId,
        CurrencyRate::getCurrency,
        id -> new CurrencyRate(id, WITHDRAWN, "", BigDecimal.ZERO.setScale(18), ""));
    reader.add(Topics.TENANTS, Tenant::getId, Tenant::getName, ControlTopics::tenant);
    reader.add(
        Topics.CLOSES,
        MonthClose::getMonth,
        MonthClose::getActor,
        month -> new MonthClose(month, Instant.EPOCH, WITHDRAWN));
    reader.add(
        Topics.HOSTING,
        SelfHostedCost::getHostingId,
        SelfHostedCost::getOffering,
        id -> new SelfHostedCost(id, WITHDRAWN, "", Ledger.ZERO, Ledger.ZERO, 0L));
    reader.add(
        Topics.REPRICINGS,
        Repricing::getId,
        Repricing::getActor,
        id ->
            new Repricing(
                id, null, Instant.EPOCH, Instant.EPOCH, null, WITHDRAWN, "", Instant.EPOCH));
    return new ControlTopics(reader.records, reader.deadLetters);
  }

  /** The records of now, see {@link ControlBroadcast}. */
  static List<CostControl> seeds(JobConfig config) {
    List<CostControl> seeds = new ArrayList<>();
    for (Topic<? extends SpecificRecord> topic :
        List.of(
            Topics.PRICES,
            Topics.CURRENCIES,
            Topics.TENANTS,
            Topics.CLOSES,
            Topics.HOSTING,
            Topics.REPRICINGS)) {
      TopicTable.read(config, topic)
          .forEach(
              (key, record) -> seeds.add(new CostControl(topic.name() + "/" + key, slim(record))));
    }
    return seeds;
  }

  /** Id of a tenant's control record. */
  static String id(String tenant) {
    return Topics.TENANTS.name() + "/" + tenant;
  }

  /** Of a tenant only what is about money. */
  private static Object slim(SpecificRecord record) {
    if (!(record instanceof Tenant tenant)) {
      return record;
    }
    Tenant slim = tenant(tenant.getId());
    slim.setName(tenant.getName());
    slim.setMonthlyBudget(tenant.getMonthlyBudget());
    slim.setBudgets(tenant.getBudgets());
    slim.setDiscounts(tenant.getDiscounts());
    return slim;
  }

  private static Price price(String id) {
    return Price.newBuilder()
        .setPriceId(id)
        .setVersion("")
        .setOffering(WITHDRAWN)
        .setCurrency("")
        .setEffectiveFrom(Instant.EPOCH)
        .setRates(List.of())
        .build();
  }

  private static Tenant tenant(String id) {
    return Tenant.newBuilder()
        .setId(id)
        .setName(WITHDRAWN)
        .setStatus(TenantStatus.CUT_OFF)
        .setControllerCountry("")
        .setJurisdictions(List.of())
        .setDataClasses(List.of())
        .setProcessingRegions(List.of())
        .setTransferMechanisms(List.of())
        .setModels(List.of())
        .setCache(new CacheContract(false, 0L, false))
        .setAccounts(List.of())
        .build();
  }

  private static final class Reader {

    private final StreamExecutionEnvironment env;
    private final JobConfig config;
    private final List<DataStream<DeadLetter>> deadLetters = new ArrayList<>();
    private DataStream<CostControl> records;

    Reader(StreamExecutionEnvironment env, JobConfig config) {
      this.env = env;
      this.config = config;
    }

    <V extends SpecificRecord> void add(
        Topic<V> topic,
        SerializableFunction<V, String> key,
        SerializableFunction<V, String> mark,
        SerializableFunction<String, V> withdrawn) {
      TopicSource<V> source = TopicSource.table(env, config, CostJob.NAME, topic, withdrawn);
      String name = topic.name();
      DataStream<CostControl> controls =
          source
              .records()
              .map(
                  record ->
                      new CostControl(
                          name + "/" + key.apply(record),
                          mark.apply(record).equals(WITHDRAWN) ? null : slim(record)),
                  RecordType.ofRecord(CostControl.class))
              .setParallelism(1)
              .name("control " + name)
              .uid("control " + name);
      records = records == null ? controls : records.union(controls);
      deadLetters.add(source.deadLetters());
    }
  }
}
