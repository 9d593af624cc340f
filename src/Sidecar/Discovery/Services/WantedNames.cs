using System.Text;
using Mesh.Policy;
using Mesh.Sidecar.Snapshot;

namespace Mesh.Sidecar.Discovery.Services;

/// <summary>
/// The services that the control plane is asked for: those declared, and those called by name. Callers choose names, and must not
/// be able to choose how much memory we use: there are at most <see cref="Most"/>, and who nobody calls any more is forgotten, names
/// that no service has first (docs/adr/0031). Any thread.
/// </summary>
internal sealed class WantedNames(TimeProvider time)
{
    /// <summary>Above any mesh that one sidecar calls; as many as a control plane takes of one stream.</summary>
    public const int Most = 10_000;

    /// <summary>Beyond it room is made without waiting, so that a service called for the first time finds some.</summary>
    public const int Comfortable = 9_000;

    /// <summary>A mistake, or an attack: it costs a question to the control plane to learn of it again.</summary>
    public static readonly TimeSpan UnknownIdleTime = TimeSpan.FromMinutes(1);

    /// <summary>Whoever calls once an hour waits for a word of the control plane, once an hour.</summary>
    public static readonly TimeSpan KnownIdleTime = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<byte[], ServiceUse> _names = new(Utf8Comparer.Instance);
    private long _turnedAway;
    private long _forgotten;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _names.Count;
            }
        }
    }

    /// <summary>How often a call had to wait for room, or was refused for want of it.</summary>
    public long TurnedAway => Volatile.Read(ref _turnedAway);

    /// <summary>How many were forgotten.</summary>
    public long Forgotten => Volatile.Read(ref _forgotten);

    /// <summary>Asks for a service.</summary>
    /// <param name="service">A valid name.</param>
    /// <param name="isDeclared">It stays, whether or not it is called.</param>
    /// <returns>Its name if it was not asked for before and there is room; null otherwise.</returns>
    public string? Add(ReadOnlySpan<byte> service, bool isDeclared)
    {
        lock (_gate)
        {
            if (_names.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(service, out var use))
            {
                use.OnCalled();
                return null;
            }

            if (_names.Count >= Most && !isDeclared)
            {
                Volatile.Write(ref _turnedAway, _turnedAway + 1);
                return null;
            }

            var name = Encoding.ASCII.GetString(service);
            _names.Add(service.ToArray(), new ServiceUse(name, isDeclared, time.GetTimestamp()));
            return name;
        }
    }

    /// <summary>Whether a service is asked for, and how it is used.</summary>
    public ServiceUse? Find(string service)
    {
        if (!DnsLabel.IsValid(service))
        {
            return null;
        }

        Span<byte> key = stackalloc byte[DnsLabel.MaxLength];
        var length = Encoding.ASCII.GetBytes(service, key);
        lock (_gate)
        {
            return _names.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key[..length], out var use) ? use : null;
        }
    }

    public void Remove(string service)
    {
        lock (_gate)
        {
            if (_names.Remove(Encoding.ASCII.GetBytes(service)))
            {
                Volatile.Write(ref _forgotten, _forgotten + 1);
            }
        }
    }

    /// <summary>Those that are to be forgotten.</summary>
    /// <param name="isInUse">Whether one is needed though nobody calls it.</param>
    /// <param name="isKnown">Whether there is such a service.</param>
    /// <param name="mayForgetKnown">Whether what is known could be learnt again.</param>
    public List<string> Idle(Func<string, bool> isInUse, Func<string, bool> isKnown, bool mayForgetKnown)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            List<string> idle = [];
            List<(string Name, long LastCalled)> unknown = [];
            foreach (var use in _names.Values)
            {
                var last = use.LastCalled(now);
                if (use.IsDeclared || isInUse(use.Name))
                {
                    continue;
                }

                var unused = time.GetElapsedTime(last, now);
                if (isKnown(use.Name))
                {
                    if (mayForgetKnown && unused > KnownIdleTime)
                    {
                        idle.Add(use.Name);
                    }
                }
                else if (unused > UnknownIdleTime)
                {
                    idle.Add(use.Name);
                }
                else
                {
                    unknown.Add((use.Name, last));
                }
            }

            var excess = _names.Count - idle.Count - Comfortable;
            if (excess > 0)
            {
                idle.AddRange(unknown.OrderBy(name => name.LastCalled).Take(excess).Select(name => name.Name));
            }

            return idle;
        }
    }
}
