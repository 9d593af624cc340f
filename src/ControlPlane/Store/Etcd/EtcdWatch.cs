using Grpc.Core;
using Mesh.ControlPlane.Store.Etcd.Rpc;

namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>
/// Follows what is written, revision by revision, over whatever happens to members and connections: after each fault, or when
/// nothing is heard for too long, it goes on at another member with the revision after the last that it told.
/// </summary>
internal sealed class EtcdWatch : IDisposable
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly EtcdSetup _setup;
    private readonly string _storeId;
    private readonly StoreWatch _told;
    private readonly CancellationTokenSource _over = new();
    private readonly List<Event> _pieces = [];
    private long _after;
    private bool _hasBegun;
    private bool _isInPieces;
    private TimeSpan _pause = ShortestPause;

    /// <param name="setup">What it asks, and how keys and values are read.</param>
    /// <param name="storeId">The history that <paramref name="after"/> is of.</param>
    /// <param name="after">The last revision that is known.</param>
    /// <param name="onEvent">Is told.</param>
    public EtcdWatch(EtcdSetup setup, string storeId, long after, Action<StoreEvent> onEvent)
    {
        _setup = setup;
        _storeId = storeId;
        _after = after;
        _told = new StoreWatch(onEvent, static _ => { });
        _ = RunAsync();
    }

    public void Dispose()
    {
        _told.Dispose();
        _over.Cancel();
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        while (!_over.IsCancellationRequested)
        {
            try
            {
                if (await EndAsync() is { } end)
                {
                    Tell(end);
                    return;
                }
            }
            catch (Exception fault) when (fault is StoreException or RpcException or IOException or OperationCanceledException or InvalidOperationException)
            {
                _setup.Log.LogDebug("watch of etcd: {Fault}", fault.Message);
            }
            catch (Exception defect)
            {
                _setup.Log.LogError(defect, "a defect of ours in the watch of etcd; it goes on");
            }

            await Task.Delay(_pause * (0.5 + _setup.Random.NextDouble()), _setup.Time, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
        }
    }

    /// <summary>Follows as long as it goes.</summary>
    /// <returns>What it ends with for good; null if it is to go on elsewhere.</returns>
    private async Task<StoreEvent?> EndAsync()
    {
        // By a read that a majority answers: a watch from a revision that is yet to come would be silent for ever.
        var history = await _setup.HistoryAsync(replaces: null, _over.Token);
        if (history.Id != _storeId)
        {
            return new StoreEvent.NewHistory(history.Id);
        }

        var after = history.ToEtcd(_after);
        if (after > history.Revision)
        {
            // We have seen what is not there any more: a backup was put in place, and its history must not pass for ours.
            return new StoreEvent.NewHistory(_hasBegun ? (await _setup.HistoryAsync(_storeId, _over.Token)).Id : history.Id);
        }

        if (after < history.Compacted)
        {
            return new StoreEvent.Compacted(history.FromEtcd(history.Compacted));
        }

        _hasBegun = true;
        return await FollowAsync(history, Math.Max(after, history.Begun));
    }

    private async Task<StoreEvent?> FollowAsync(EtcdHistory history, long after)
    {
        var isBehind = history.Revision > after;
        using var silence = new AnswerLimit(isBehind ? _setup.Options.LongestPiece : _setup.Options.LongestSilence, _setup.Time, _over.Token);
        var (member, index, options) = await _setup.Client.StreamAsync(silence.Token);
        _pieces.Clear();
        try
        {
            using var call = member.Watch.Watch(options);
            await call.RequestStream.WriteAsync(
                new WatchRequest
                {
                    CreateRequest = new WatchCreateRequest
                    {
                        Key = _setup.Keys.First,
                        RangeEnd = _setup.Keys.End,
                        StartRevision = after + 1,
                        // Etcd takes a time for pieces that grows with the square of what is in them.
                        Fragment = _isInPieces,
                    },
                },
                silence.Token);
            while (await call.ResponseStream.MoveNext(silence.Token))
            {
                var response = call.ResponseStream.Current;
                if (response.CompactRevision > 0)
                {
                    return new StoreEvent.Compacted(history.FromEtcd(response.CompactRevision));
                }

                if (response.Canceled)
                {
                    // A token that is over, for one; the reason is often empty.
                    _setup.Client.Refused(options);
                    break;
                }

                _pieces.AddRange(response.Events);
                if (_pieces.Count != 0)
                {
                    // Whatever becomes of the pieces to come, this one need not be asked for again.
                    await TellAsync(history, response.Fragment ? _pieces[^1].Kv.ModRevision : long.MaxValue, silence.Token);
                    _setup.Pulse.Heard();
                    _pause = ShortestPause;
                }

                // A past of more than a thousand revisions comes in several answers, each of which may take its time.
                isBehind = response.Fragment || (isBehind && _after < history.FromEtcd(history.Revision));
                _isInPieces &= isBehind;
                silence.Restart(isBehind ? _setup.Options.LongestPiece : _setup.Options.LongestSilence);
            }
        }
        catch (RpcException fault) when (EtcdFaults.IsTooLarge(fault) && !_isInPieces)
        {
            _isInPieces = true;
        }
        catch (RpcException fault) when (EtcdFaults.IsLogin(fault))
        {
            _setup.Client.Refused(options);
        }
        finally
        {
            _setup.Client.Leave(index);
        }

        return null;
    }

    // Revisions come in order, and of one that may go on in the next piece nothing is told.
    private async Task TellAsync(EtcdHistory history, long before, CancellationToken cancellation)
    {
        var whole = _pieces.TakeWhile(piece => piece.Kv.ModRevision < before).ToList();
        if (whole.Count == 0)
        {
            return;
        }

        var made = new List<StoreRevision>();
        var last = 0L;
        foreach (var revision in whole.GroupBy(piece => piece.Kv.ModRevision))
        {
            last = history.FromEtcd(revision.Key);
            var changes = new List<StoreChange>();
            foreach (var piece in revision)
            {
                if (_setup.Keys.Name(piece.Kv.Key) is not { } key)
                {
                    continue;
                }

                var value = piece.Type == Event.Types.EventType.Delete ? null
                    : await _setup.Values.ReadAsync(piece.Kv.Value, cancellation)
                        // What it refers to is gone, as something else is there by now.
                        ?? throw new StoreException(StoreFault.Unavailable, "a value was replaced meanwhile");
                changes.Add(new StoreChange(key, value));
            }

            if (changes.Count != 0)
            {
                made.Add(new StoreRevision(last, changes));
            }
        }

        _pieces.RemoveRange(0, whole.Count);
        if (made.Count != 0)
        {
            Tell(new StoreEvent.Made(made));
        }

        if (made.Count == 0 || made[^1].Revision != last)
        {
            Tell(new StoreEvent.Reached(last));
        }

        _after = last;
    }

    private void Tell(StoreEvent what)
    {
        _told.Add(what);
        _told.Deliver();
    }
}
