-- The outbox of an app that keeps its data in PostgreSQL: run it once on the app's own database. In the transaction in which the app changes its data it inserts
-- what is to be published; if that transaction comes to nothing, so does the message.
--
--   INSERT INTO mesh_outbox (type, subject, data) VALUES ('order.created', '42', '{"total": 10}');
--   INSERT INTO mesh_outbox (queue, data) VALUES ('email', '{"to": "a@example.org"}');
--
-- The mesh publishes the rows, marks them, and removes marked ones after a day.
CREATE TABLE IF NOT EXISTS mesh_outbox (
    -- Whatever happens, a message with this id is published once.
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- The order of publishing. Rows of transactions that ran side by side may come in either order.
    number bigint GENERATED ALWAYS AS IDENTITY (CACHE 1),
    -- Of an event.
    type text,
    -- Of a message for a queue.
    queue text,
    subject text,
    -- Messages of one key are delivered one after the other.
    ordering_key text,
    correlation_id text,
    -- More of what is said of it, each a text: datacontenttype, traceparent, extensions.
    attributes jsonb NOT NULL DEFAULT '{}',
    data bytea NOT NULL DEFAULT '',
    time timestamptz NOT NULL DEFAULT clock_timestamp(),
    published_at timestamptz,
    -- It cannot be published, and why not. To have it tried again, set it to null.
    error text,
    CHECK ((type IS NULL) <> (queue IS NULL))
);
CREATE INDEX IF NOT EXISTS mesh_outbox_waiting ON mesh_outbox (number) WHERE published_at IS NULL AND error IS NULL;
CREATE INDEX IF NOT EXISTS mesh_outbox_published ON mesh_outbox (published_at) WHERE published_at IS NOT NULL;
