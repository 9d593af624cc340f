using System.Collections.Concurrent;
using Mesh.Messaging.Results;
using Mesh.Messaging.Sqlite.Files;
using Mesh.Messaging.Sqlite.Tables;

namespace Mesh.Messaging.Sqlite.Reading;

/// <summary>A few connections for all who read; who finds none free waits.</summary>
internal sealed class Readers(string path, NameTable names) : IDisposable
{
    private const int Most = 4;

    private readonly SemaphoreSlim _free = new(Most);
    private readonly ConcurrentBag<Reader> _idle = [];

    public async Task<Outcome<T>> ReadAsync<T>(Func<Reader, T> read)
    {
        await _free.WaitAsync().ConfigureAwait(false);
        Reader? reader = null;
        try
        {
            reader = _idle.TryTake(out var idle) ? idle : new Reader(path, names);
            var result = read(reader);
            _idle.Add(reader);
            return result;
        }
        catch (SqliteFault fault)
        {
            // One that has failed is not used again.
            reader?.Dispose();
            return new Refusal(fault.IsDamage ? RefusalKind.DataLoss : RefusalKind.Unavailable, fault.Describe(path));
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose()
    {
        foreach (var reader in _idle)
        {
            reader.Dispose();
        }
    }
}
