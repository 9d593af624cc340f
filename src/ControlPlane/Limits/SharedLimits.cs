using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Streams;
using Mesh.Policy.Sharing;
using Mesh.V1;

namespace Mesh.ControlPlane.Limits;

/// <summary>
/// The limits that sidecars share whose streams end here: what each needs, and what it is given. Nothing of it is stored: who comes back says
/// again what it needs, and what it has. Any thread; lock order: this one's, then a stream's.
/// </summary>
internal sealed class SharedLimits(TimeProvider time, ILogger<SharedLimits> log)
{
    /// <summary>Shares of limits that one sidecar may have.</summary>
    public const int MostOfStream = 1_000;

    /// <summary>Shares in all: some 20 MiB.</summary>
    public const int Most = 100_000;

    private const int LongestRoute = 128;

    // Of the limit's rate; more is a mistake of who says it, and all the same to who divides.
    private const double MostWanted = 1e6;

    private readonly Lock _lock = new();
    private readonly Dictionary<LimitKey, Sharing> _limits = [];
    private readonly Dictionary<NodeStream, HashSet<LimitKey>> _byStream = [];
    private int _shares;
    private bool _isFullTold;

    /// <summary>How often sidecars say what they need, as things are.</summary>
    public TimeSpan Interval => SharingPace.Interval(_byStream.Count);

    /// <summary>Nobody shares anything.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock)
            {
                return _limits.Count == 0;
            }
        }
    }

    private long Now => time.GetElapsedTime(0).Ticks;

    /// <summary>A sidecar says what it needs. What does not concern it, or is beyond the bounds, is not minded.</summary>
    public void Report(NodeStream stream, Demands demands)
    {
        foreach (var demand in demands.Limits)
        {
            if (demand.Limit is { } limit && limit.Route.Length <= LongestRoute && stream.IsSent(limit.Kind, limit.Name))
            {
                lock (_lock)
                {
                    Report(stream, LimitKey.Of(limit), demand);
                }
            }
        }
    }

    /// <summary>A stream is over.</summary>
    public void Leave(NodeStream stream)
    {
        lock (_lock)
        {
            if (_byStream.Remove(stream, out var keys))
            {
                foreach (var key in keys)
                {
                    Leave(stream, key, isGivenBack: false);
                }
            }
        }
    }

    /// <summary>What those here need, for others who divide the same limits.</summary>
    public IEnumerable<LimitSharers> Here()
    {
        lock (_lock)
        {
            return [.. _limits.Select(limit => MessageOf(limit.Key, limit.Value.Pool.Here(Now)))];
        }
    }

    /// <summary>Divides each limit anew, and tells those whose part changes.</summary>
    /// <param name="elsewhere">Who shares them at other control planes.</param>
    /// <param name="dividers">How many control planes there are.</param>
    public void Divide(IReadOnlyDictionary<LimitKey, List<Sharer>> elsewhere, int dividers)
    {
        lock (_lock)
        {
            var (interval, now) = (Interval, Now);
            var valid = SharingPace.Valid(interval);
            foreach (var (key, sharing) in _limits.ToList())
            {
                sharing.Pool.SetElsewhere(elsewhere.GetValueOrDefault(key) ?? [], dividers);
                foreach (var grant in sharing.Pool.Divide(now, valid))
                {
                    Tell(sharing, key, grant, valid, interval);
                }

                if (sharing.Pool.Count == 0)
                {
                    _limits.Remove(key);
                }
            }
        }
    }

    // What is below runs under the lock.

    private void Report(NodeStream stream, LimitKey key, LimitDemand demand)
    {
        var keys = _byStream.GetValueOrDefault(stream);
        if (demand.Ended)
        {
            if (keys?.Remove(key) == true)
            {
                Leave(stream, key, isGivenBack: true);
                ForgetIdle(stream, keys);
            }

            return;
        }

        if (keys?.Contains(key) != true)
        {
            if (IsFull(keys))
            {
                return;
            }

            (keys ?? (_byStream[stream] = [])).Add(key);
            _shares++;
        }

        var sharing = _limits.GetValueOrDefault(key) ?? (_limits[key] = new Sharing(new LimitPool(Now)));
        var id = IdOf(stream.Name);
        if (sharing.Streams.GetValueOrDefault(id) != stream)
        {
            // One that comes back before its former stream is known to be over.
            sharing.Pool.Leave(id, isGivenBack: false);
            sharing.Streams[id] = stream;
        }

        var interval = Interval;
        var valid = SharingPace.Valid(interval);
        if (sharing.Pool.Report(id, Sane(demand.Wanted, MostWanted), Sane(demand.Held, 1), (int)Math.Min(demand.Sharers, Most), Now, valid) is { } grant)
        {
            Tell(sharing, key, grant, valid, interval);
        }
    }

    private bool IsFull(HashSet<LimitKey>? keys)
    {
        if (_shares >= Most && !_isFullTold)
        {
            _isFullTold = true;
            log.LogWarning("sidecars have {Most} parts of shared rate limits, and no more are given: those that get none go by the whole limit", Most);
        }

        return _shares >= Most || keys?.Count >= MostOfStream;
    }

    private void Leave(NodeStream stream, LimitKey key, bool isGivenBack)
    {
        _shares--;
        var id = IdOf(stream.Name);
        if (_limits.TryGetValue(key, out var sharing) && sharing.Streams.GetValueOrDefault(id) == stream)
        {
            sharing.Streams.Remove(id);
            sharing.Pool.Leave(id, isGivenBack);
        }
    }

    private void ForgetIdle(NodeStream stream, HashSet<LimitKey> keys)
    {
        if (keys.Count == 0)
        {
            _byStream.Remove(stream);
        }
    }

    private static void Tell(Sharing sharing, LimitKey key, SharerGrant grant, TimeSpan valid, TimeSpan interval)
    {
        if (sharing.Streams.TryGetValue(grant.Id, out var stream))
        {
            stream.Grant(new LimitGrant { Limit = key.ToMessage(), Part = grant.Part, Sharers = (uint)grant.Sharers }, valid.ToDuration(), interval.ToDuration());
        }
    }

    private static double Sane(double value, double most) => double.IsNaN(value) ? 0 : Math.Clamp(value, 0, most);

    private static ulong IdOf(string sidecar) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(sidecar)));

    private static LimitSharers MessageOf(LimitKey key, IEnumerable<Sharer> sharers)
    {
        var message = new LimitSharers { Limit = key.ToMessage() };
        foreach (var sharer in sharers)
        {
            message.Sidecars.Add(sharer.Id);
            message.Wanted.Add((float)sharer.Wanted);
            message.Kept.Add((float)sharer.Kept);
        }

        return message;
    }

    private sealed record Sharing(LimitPool Pool)
    {
        public Dictionary<ulong, NodeStream> Streams { get; } = [];
    }
}
