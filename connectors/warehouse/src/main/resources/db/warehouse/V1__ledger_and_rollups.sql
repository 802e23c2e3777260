-- Columns are the fields of the Avro records in snake case; io.dualtrack.warehouse.postgres.RecordTable writes them.
-- Money is in the row's currency, times are UTC.

-- Up to where each partition is in these tables; changed in the transaction that changes them.
CREATE TABLE source_offset (
  topic       text   NOT NULL,
  partition   int    NOT NULL,
  next_offset bigint NOT NULL,
  PRIMARY KEY (topic, partition)
);

-- One exchange and token class, priced. Rows are never rewritten; the sum of all rows is right at any time.
CREATE TABLE ledger_entry (
  entry_id         text PRIMARY KEY,
  exchange_id      text NOT NULL,
  request_id       text NOT NULL,
  reply_key        text NOT NULL,
  tenant           text NOT NULL,
  account          text NOT NULL,
  cost_centre      text,
  at               timestamptz NOT NULL,
  model            text NOT NULL,
  offering         text,
  lane             text,
  jurisdictions    text[] NOT NULL,
  source           text NOT NULL,
  token_class      text NOT NULL,
  tokens           bigint NOT NULL,
  price_status     text NOT NULL,
  price            text,
  currency         text NOT NULL,
  cost             numeric(38, 18),
  saved            numeric(38, 18),
  rows_of_exchange int NOT NULL,
  tier             text NOT NULL,
  list_cost        numeric(38, 18),
  contracted_cost  numeric(38, 18),
  list_per_token   numeric(38, 18),
  pricing_currency text,
  currency_rate    numeric(38, 18),
  saving_kind      text NOT NULL,
  problem          text NOT NULL,
  charge_class     text NOT NULL,
  billing_month    timestamptz,
  revision         int NOT NULL,
  reverses         text,
  provisional      boolean NOT NULL,
  shadow           boolean NOT NULL,
  exchanges        int NOT NULL
);
CREATE INDEX ledger_entry_at ON ledger_entry (at);
CREATE INDEX ledger_entry_exchange ON ledger_entry (exchange_id);

-- Absolute totals of one combination of dimensions, price version among them, in one period.
CREATE TABLE cost_rollup (
  rollup_id        text PRIMARY KEY,
  period           text NOT NULL,
  period_start     timestamptz NOT NULL,
  tenant           text NOT NULL,
  cost_centre      text,
  model            text NOT NULL,
  offering         text,
  lane             text,
  jurisdiction     text NOT NULL,
  currency         text NOT NULL,
  exchanges        bigint NOT NULL,
  uncached_input   bigint NOT NULL,
  cache_read       bigint NOT NULL,
  cache_write      bigint NOT NULL,
  output           bigint NOT NULL,
  unpriced_tokens  bigint NOT NULL,
  cost             numeric(38, 18) NOT NULL,
  saved            numeric(38, 18) NOT NULL,
  account          text NOT NULL,
  tier             text NOT NULL,
  price            text,
  charge_class     text NOT NULL,
  billing_month    timestamptz,
  shadow           boolean NOT NULL,
  list_cost        numeric(38, 18),
  contracted_cost  numeric(38, 18),
  saved_by_cache   numeric(38, 18),
  saved_by_joining numeric(38, 18),
  saved_by_batch   numeric(38, 18),
  saved_by_local   numeric(38, 18),
  provisional_cost numeric(38, 18),
  audio_input      bigint NOT NULL,
  audio_output     bigint NOT NULL,
  image_input      bigint NOT NULL,
  image_output     bigint NOT NULL,
  audio_seconds    bigint NOT NULL,
  mismatch_tokens  bigint NOT NULL,
  invalid_rows     bigint NOT NULL
);
CREATE INDEX cost_rollup_period ON cost_rollup (period, period_start);

-- How a month of an endpoint of our own is shared out.
CREATE TABLE cost_allocation (
  hosting_id          text PRIMARY KEY,
  offering            text NOT NULL,
  month               text NOT NULL,
  hardware            numeric(38, 18) NOT NULL,
  labour              numeric(38, 18) NOT NULL,
  tokens              bigint NOT NULL,
  capacity_tokens     bigint NOT NULL,
  utilisation_percent numeric(38, 18),
  per_million         numeric(38, 18),
  charged             numeric(38, 18) NOT NULL,
  is_final            boolean NOT NULL
);

-- Months that will not change any more.
CREATE TABLE closed_month (
  month     text PRIMARY KEY,
  asked_at  timestamptz NOT NULL,
  closed_at timestamptz NOT NULL,
  actor     text NOT NULL
);
