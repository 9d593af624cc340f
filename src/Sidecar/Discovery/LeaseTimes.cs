using Google.Protobuf.WellKnownTypes;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// What follows from the time to live of the registry's leases: how often one says that one is there, and how soon silence means
/// that a control plane is lost. A way that has gone silent has to be found, and another taken, before the lease is over
/// (docs/adr/0030).
/// </summary>
/// <param name="Ttl">How long an instance stays when nothing is heard of its sidecar.</param>
internal readonly record struct LeaseTimes(TimeSpan Ttl)
{
    /// <summary>What mesh-control-plane takes as --lease-ttl; anything else is a fault of who says it.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>Before any control plane has spoken: --lease-ttl's default.</summary>
    public static readonly LeaseTimes Default = new(TimeSpan.FromSeconds(10));

    /// <summary>Less would be taken for silence on a busy machine.</summary>
    private static readonly TimeSpan LeastSilence = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan MostPingDelay = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan MostPingTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Three chances within a lease (registry.proto).</summary>
    public TimeSpan Heartbeat => Ttl / 3;

    /// <summary>
    /// How long the answer to a heartbeat may take. One that is sent just before the way goes silent is followed by the next after
    /// a third of the lease; with a second third for its answer, the last one is left to register elsewhere.
    /// </summary>
    public TimeSpan AnswerLimit => Min(Ttl, Max(Ttl / 3, LeastSilence));

    /// <summary>
    /// The same of a control plane whose slowest answer of late took so long. One that is slow keeps the leases all the same, late as
    /// the heartbeats are read: to register again would only have it read more, of all its sidecars at once.
    /// </summary>
    public TimeSpan AnswerLimitAfter(TimeSpan slowest) => Min(Ttl, Max(AnswerLimit, 2 * slowest));

    /// <summary>A connection on which nothing has come for this long is asked by a PING; those without a lease have nothing else.</summary>
    public TimeSpan PingDelay => Min(MostPingDelay, Max(Ttl / 3, LeastSilence));

    /// <summary>How long the answer to that may take.</summary>
    public TimeSpan PingTimeout => Min(MostPingTimeout, Max(Ttl / 3, LeastSilence));

    /// <summary>How long it takes at most to notice that a control plane is gone.</summary>
    public TimeSpan DetectionTime => PingDelay + PingTimeout;

    /// <summary>
    /// How long a control plane may take to name again an instance that another one has named: until its sidecar has noticed that
    /// the former is gone, its longest pause before it comes back is over, with as much again to spare, and its lease besides.
    /// </summary>
    public TimeSpan ConfirmTime => DetectionTime + (2 * Backoff.Longest) + Ttl;

    /// <param name="said">By a control plane; null if it has not.</param>
    /// <param name="isSane">Whether it is within what there can be; if not, the nearest that is.</param>
    public static LeaseTimes Of(Duration? said, out bool isSane)
    {
        // Not by ToTimeSpan, which throws for what is no duration.
        var ttl = TimeSpan.FromSeconds(Math.Clamp(said?.Seconds ?? 0, -1, (long)Longest.TotalSeconds + 1)) + TimeSpan.FromTicks((said?.Nanos ?? 0) / 100);
        var clamped = Min(Longest, Max(Shortest, ttl));
        isSane = clamped == ttl && said!.Nanos >= 0;
        return new LeaseTimes(clamped);
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
