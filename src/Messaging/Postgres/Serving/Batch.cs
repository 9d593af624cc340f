using Npgsql;
using NpgsqlTypes;

namespace Mesh.Messaging.Postgres.Serving;

/// <summary>Statements that go to the server together, in one round trip, and are carried out one after the other.</summary>
internal sealed class Batch(NpgsqlConnection connection)
{
    private readonly NpgsqlBatch _batch = new(connection);

    /// <param name="text">With $1, $2 and so on.</param>
    /// <param name="values">Numbers, texts, truths, bytes, and arrays of them; of texts and arrays null as well.</param>
    public Batch Add(string text, params NpgsqlParameter[] values)
    {
        var command = new NpgsqlBatchCommand(text);
        foreach (var value in values)
        {
            command.Parameters.Add(value);
        }

        _batch.BatchCommands.Add(command);
        return this;
    }

    /// <summary>Runs them, and reads nothing.</summary>
    public async Task RunAsync()
    {
        try
        {
            await _batch.ExecuteNonQueryAsync().ConfigureAwait(false);
        }
        finally
        {
            await _batch.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Runs them, and reads what those give that give rows, in order.</summary>
    public async Task<T> ReadAsync<T>(Func<RowSets, Task<T>> read)
    {
        NpgsqlDataReader? reader = null;
        try
        {
            reader = await _batch.ExecuteReaderAsync().ConfigureAwait(false);
            var rows = new RowSets(reader);
            var result = await read(rows).ConfigureAwait(false);
            await rows.EndAsync().ConfigureAwait(false);
            return result;
        }
        finally
        {
            if (reader is not null)
            {
                await reader.DisposeAsync().ConfigureAwait(false);
            }

            await _batch.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Runs them, and reads all rows of the only one that gives some.</summary>
    public Task<List<T>> ListAsync<T>(Func<NpgsqlDataReader, T> read) => ReadAsync(rows => rows.TakeAsync(read));

    public static NpgsqlParameter Of(long value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Bigint };

    public static NpgsqlParameter Of(long? value) => new() { Value = value ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint };

    public static NpgsqlParameter Of(string? value) => new() { Value = value ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    public static NpgsqlParameter Of(long[] values) => new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };

    public static NpgsqlParameter Of(long?[] values) => new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };

    public static NpgsqlParameter Of(string?[] values) => new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    public static NpgsqlParameter Of(byte[][] values) => new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };
}
