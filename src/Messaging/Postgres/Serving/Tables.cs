using Npgsql;

namespace Mesh.Messaging.Postgres.Serving;

/// <summary>Makes our tables where there are none, and finds out whether those that are there are of a version that we know.</summary>
internal static class Tables
{
    // Of the tables; those of a later version are left alone.
    private const long Format = 1;

    // Of advisory locks; anything that others are not likely to take.
    private const long Lock = 0x4d73_684d;

    private const string Make = $$"""
        CREATE SCHEMA IF NOT EXISTS {{PostgresAddress.Schema}};
        CREATE TABLE meta (key text PRIMARY KEY, value bigint NOT NULL);

        -- One row. Who appends to the log holds it until the commit: sequences are committed in their order, without gaps, so that no reader misses one.
        CREATE TABLE log (id bigint PRIMARY KEY, last bigint NOT NULL, bytes bigint NOT NULL) WITH (fillfactor = 10);
        INSERT INTO log VALUES (1, 0, 0);
        CREATE TABLE types (name text PRIMARY KEY, events bigint NOT NULL, max_count bigint, max_age bigint) WITH (fillfactor = 50);
        CREATE TABLE events (
            sequence bigint PRIMARY KEY, type text NOT NULL, source text NOT NULL, correlation text, at bigint NOT NULL, content bytea NOT NULL);
        ALTER TABLE events ALTER content SET STORAGE EXTERNAL;
        CREATE INDEX events_type ON events (type, sequence);
        CREATE INDEX events_source ON events (source, sequence);
        CREATE INDEX events_correlation ON events (correlation, sequence) WHERE correlation IS NOT NULL;

        -- Of backlogs and entries: none is given twice.
        CREATE SEQUENCE numbers;
        CREATE TABLE backlogs (
            id bigint PRIMARY KEY, kind bigint NOT NULL, name text NOT NULL, lease bigint NOT NULL, max_deliveries bigint NOT NULL,
            max_length bigint, types text, source text, subject text, correlation text,
            position bigint NOT NULL, missed bigint NOT NULL DEFAULT 0, is_deleted boolean NOT NULL DEFAULT false,
            ready bigint NOT NULL DEFAULT 0, leased bigint NOT NULL DEFAULT 0, retrying bigint NOT NULL DEFAULT 0, waiting bigint NOT NULL DEFAULT 0,
            scheduled bigint NOT NULL DEFAULT 0, dead bigint NOT NULL DEFAULT 0, published bigint NOT NULL DEFAULT 0, delivered bigint NOT NULL DEFAULT 0,
            acknowledged bigint NOT NULL DEFAULT 0, expired bigint NOT NULL DEFAULT 0, bytes bigint NOT NULL DEFAULT 0) WITH (fillfactor = 30);
        -- What claims have changed of the counts: they hold nobody up. Whoever has the queue's lock adds it up.
        CREATE TABLE tallies (backlog bigint NOT NULL, ready bigint NOT NULL, leased bigint NOT NULL, delivered bigint NOT NULL);
        CREATE INDEX tallies_backlog ON tallies (backlog);
        CREATE UNIQUE INDEX backlogs_name ON backlogs (kind, name) WHERE NOT is_deleted;

        CREATE TABLE bodies (id bigint PRIMARY KEY, type text NOT NULL, source text NOT NULL, at bigint NOT NULL, content bytea NOT NULL);
        ALTER TABLE bodies ALTER content SET STORAGE EXTERNAL;
        CREATE TABLE entries (
            id bigint PRIMARY KEY, backlog bigint NOT NULL, phase bigint NOT NULL, priority bigint NOT NULL, attempts bigint NOT NULL, key text,
            due bigint, ends bigint, event bigint, nonce bigint, lease bigint, holder text, reason text, since bigint NOT NULL, checksum bigint NOT NULL,
            owner bigint);
        CREATE INDEX entries_ready ON entries (backlog, priority DESC, id) WHERE phase = 0;
        CREATE INDEX entries_parked ON entries (backlog, phase, id) WHERE phase > 0;
        CREATE INDEX entries_key ON entries (backlog, key, id) WHERE key IS NOT NULL AND phase < 4;
        CREATE INDEX entries_head ON entries (backlog, key) WHERE key IS NOT NULL AND phase < 3;
        CREATE INDEX entries_due ON entries (due) WHERE due IS NOT NULL;
        CREATE INDEX entries_ends ON entries (ends) WHERE ends IS NOT NULL AND phase <> 1;
        CREATE INDEX entries_holder ON entries (holder, id) WHERE phase = 1;
        CREATE INDEX entries_owner ON entries (owner) WHERE phase = 1;
        CREATE INDEX entries_event ON entries (backlog, event) WHERE event IS NOT NULL AND phase < 5;

        CREATE TABLE seen (scope bigint NOT NULL, key text NOT NULL, sequence bigint NOT NULL, at bigint NOT NULL, PRIMARY KEY (scope, key));
        CREATE INDEX seen_at ON seen (at);

        -- Each engine that is at work. It counts as long as it lives.
        CREATE TABLE sessions (id bigint PRIMARY KEY, beat bigint NOT NULL, now bigint NOT NULL, beaten timestamptz NOT NULL);
        """;

    /// <exception cref="MessagingException">They are there, and not to be used.</exception>
    public static async Task PrepareAsync(NpgsqlConnection connection, string name)
    {
        // One at a time: several may start at once on a new database.
        var isThere = await new Batch(connection)
            .Add("BEGIN")
            .Add("SELECT pg_advisory_xact_lock($1)::text", Batch.Of(Lock))
            .Add("SELECT to_regclass($1) IS NOT NULL", Batch.Of($"{PostgresAddress.Schema}.meta"))
            .ReadAsync(async rows =>
            {
                await rows.TakeAsync(_ => 0).ConfigureAwait(false);
                return await rows.FirstAsync(row => row.GetBoolean(0)).ConfigureAwait(false);
            }).ConfigureAwait(false);
        if (!isThere)
        {
            foreach (var statement in Make.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                await new Batch(connection).Add(statement).RunAsync().ConfigureAwait(false);
            }

            await new Batch(connection).Add("INSERT INTO meta VALUES ('format', $1)", Batch.Of(Format)).RunAsync().ConfigureAwait(false);
        }

        var format = await new Batch(connection).Add("SELECT value FROM meta WHERE key = 'format'").Add("COMMIT").ListAsync(row => row.GetInt64(0)).ConfigureAwait(false);
        if (format is not [var found])
        {
            throw new MessagingException($"{name}: the schema {PostgresAddress.Schema} is there and is none of ours; name another database");
        }

        if (found > Format)
        {
            throw new MessagingException($"{name}: its tables were made by a later version (format {found}, and this one knows {Format}); run that version");
        }
    }
}
