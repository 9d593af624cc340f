using System.Net;

namespace Mesh.Sidecar.Upstream;

/// <summary>
/// A host name that endpoints have, and what is known of it. Part of <see cref="AddressResolver"/>: its loop and the one
/// look-up that is under way use it in turn; only <see cref="Suspect"/> may be called by anybody.
/// </summary>
/// <param name="host">As endpoints have it.</param>
/// <param name="due">When it is first looked up: the clock's timestamp.</param>
/// <param name="wake">Tells the resolver to look.</param>
internal sealed class HostName(string host, long due, Action wake)
{
    private volatile IReadOnlyList<IPAddress> _addresses = [];
    private volatile string? _failure;
    private volatile bool _isAsked;
    private long _due = due;
    private long _soonest = due;

    public string Host { get; } = host;

    /// <summary>The last good answer; empty before the first.</summary>
    public IReadOnlyList<IPAddress> Addresses => _addresses;

    /// <summary>Why the last look-up has failed; null if it has not, or is the first.</summary>
    public string? Failure => _failure;

    /// <summary>Look-ups that have failed since the last that has not.</summary>
    public int Failures { get; private set; }

    /// <summary>A look-up is under way.</summary>
    public bool IsAsked
    {
        get => _isAsked;
        set => _isAsked = value;
    }

    /// <summary>When it is to be looked up again.</summary>
    public long Due => Volatile.Read(ref _due);

    /// <summary>The resolver's round in which an endpoint had it.</summary>
    public int Round { get; set; }

    /// <summary>It leads nowhere: the next look-up is as soon as may be.</summary>
    public void Suspect()
    {
        var soonest = Volatile.Read(ref _soonest);
        if (Volatile.Read(ref _due) > soonest)
        {
            Volatile.Write(ref _due, soonest);
            wake();
        }
    }

    public void OnResolved(IReadOnlyList<IPAddress> addresses)
    {
        _addresses = addresses;
        _failure = null;
        Failures = 0;
    }

    public void Fail(string why)
    {
        _failure = why;
        Failures++;
    }

    /// <summary>A look-up is over; the next is after the pause.</summary>
    public void OnAsked(TimeProvider time, TimeSpan pause)
    {
        var now = time.GetTimestamp();
        Volatile.Write(ref _soonest, now + Stamps(AddressResolver.ShortestPause));
        Volatile.Write(ref _due, now + Stamps(pause));
        IsAsked = false;

        long Stamps(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);
    }
}
