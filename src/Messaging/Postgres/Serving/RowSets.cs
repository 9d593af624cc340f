using Npgsql;

namespace Mesh.Messaging.Postgres.Serving;

/// <summary>What a batch has given, one set of rows after the other.</summary>
internal sealed class RowSets(NpgsqlDataReader reader)
{
    private bool _isNext;

    /// <summary>The only row of the next set, or none.</summary>
    public async Task<T?> FirstAsync<T>(Func<NpgsqlDataReader, T> read) => (await TakeAsync(read).ConfigureAwait(false)) is [var first, ..] ? first : default;

    /// <summary>All rows of the next set.</summary>
    public async Task<List<T>> TakeAsync<T>(Func<NpgsqlDataReader, T> read)
    {
        if (_isNext)
        {
            await reader.NextResultAsync().ConfigureAwait(false);
        }

        _isNext = true;
        var rows = new List<T>();
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>What comes behind the last set: whether it went well.</summary>
    public async Task EndAsync()
    {
        while (await reader.NextResultAsync().ConfigureAwait(false))
        {
        }
    }
}
