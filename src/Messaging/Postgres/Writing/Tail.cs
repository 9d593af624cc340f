using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Postgres.Rows;
using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.Results;
using Mesh.Messaging.State;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>
/// The end of the log, as this engine's readers see it: its own events as they are committed, and those of other engines as it hears of them. Sequences are
/// committed in their order, so that what is behind the last one that was seen is all there is. Any thread.
/// </summary>
internal sealed class Tail(Server server, PublishedLog log, Backlogs backlogs) : IDisposable
{
    private const int Slice = 500;
    private const long SliceBytes = 16 * 1024 * 1024;

    // Who is further behind begins anew: readers read it from the database.
    private const long MostBehind = 4_096;

    private readonly EventQueryText _query = new(EventFilter.All, isNewestFirst: false);
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>The log goes as far as this when the engine begins.</summary>
    public async Task BeginAsync()
    {
        var last = await LastAsync().ConfigureAwait(false);
        log.Begin(last.Value);
    }

    /// <summary>These were committed here.</summary>
    public async Task AddAsync(List<StoredMessage> events)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (events[0].Sequence == log.Last + 1)
            {
                Publish(events);
            }
            else if (events[^1].Sequence > log.Last)
            {
                await ReadAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Others may have committed some.</summary>
    public async Task CatchUpAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            await ReadAsync().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task ReadAsync()
    {
        var last = await LastAsync().ConfigureAwait(false);
        if (last.IsDone && last.Value - log.Last > MostBehind)
        {
            log.Skip(last.Value);
            backlogs.WakeGroups();
        }

        while (last.IsDone && log.Last < last.Value)
        {
            var found = await server.RunAsync(connection => new Batch(connection)
                .Add(_query.Text, _query.Parameters(log.Last, long.MaxValue, Slice, SliceBytes)).ListAsync(EventQueryText.Read)).ConfigureAwait(false);
            if (found.Value is not { Count: > 0 } rows)
            {
                return;
            }

            // Where some have gone meanwhile, what is kept in memory begins anew: it has no gaps.
            foreach (var one in rows.Where(row => row.IsSent).Select(row => row.Event!))
            {
                if (one.Sequence != log.Last + 1)
                {
                    log.Skip(one.Sequence - 1);
                }

                Publish([one]);
            }
        }
    }

    private Task<Outcome<long>> LastAsync() => server.RunAsync(async connection =>
        (await new Batch(connection).Add("SELECT last FROM log").ListAsync(row => row.GetInt64(0)).ConfigureAwait(false))[0]);

    private void Publish(List<StoredMessage> events)
    {
        log.Publish(events);
        backlogs.Offer(events);
    }
}
