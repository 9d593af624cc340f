using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// A channel to each control plane, shared by all who talk to it. Any thread. Who loses one goes on to the next
/// (<see cref="Choice"/>); those that <see cref="Stores"/> has refused are left out.
/// </summary>
internal sealed class ControlPlaneChannels : IDisposable
{
    private readonly Uri[] _urls;
    private readonly ControlPlaneChannel[] _channels;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private long _leaseTicks = LeaseTimes.Default.Ttl.Ticks;
    private int _isLeaseDoubted;

    /// <param name="urls">Where they are.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told of what is odd.</param>
    /// <param name="identity">Who ranks them; empty keeps their order.</param>
    public ControlPlaneChannels(IEnumerable<Uri> urls, TimeProvider time, Log log, string identity = "")
    {
        _urls = [.. urls];
        _time = time;
        _log = log;
        _channels = [.. _urls.Select(Open)];
        Choice = new ControlPlaneChoice(_urls, identity, Stores);
    }

    /// <summary>Which of them is used.</summary>
    public ControlPlaneChoice Choice { get; }

    /// <summary>The newest that any of them has said.</summary>
    public NewestState Newest { get; } = new();

    public int Count => _channels.Length;

    public IReadOnlyList<Uri> Urls => _urls;

    /// <summary>Which of them belong together.</summary>
    public StoreGuard Stores { get; } = new();

    /// <summary>As the control plane has said last.</summary>
    public LeaseTimes Lease => new(TimeSpan.FromTicks(Volatile.Read(ref _leaseTicks)));

    /// <summary>The channel of one of <see cref="Urls"/>, refused or not.</summary>
    public ControlPlaneChannel To(Uri url) => Volatile.Read(ref _channels[Array.IndexOf(_urls, url)]);

    /// <summary>Ends all that goes on with a control plane; who comes back does so on a new connection.</summary>
    /// <param name="channel">To it. One that has been replaced already is left alone.</param>
    /// <param name="why">For those whose streams this ends.</param>
    public void BreakOff(ControlPlaneChannel channel, string why)
    {
        var index = Array.IndexOf(_urls, channel.Url);
        if (ReferenceEquals(Volatile.Read(ref _channels[index]), channel))
        {
            var next = Open(channel.Url);
            if (!ReferenceEquals(Interlocked.CompareExchange(ref _channels[index], next, channel), channel))
            {
                next.Dispose();
                return;
            }

            channel.BreakOff(why);
        }
    }

    /// <summary>A control plane says how long a lease is.</summary>
    public LeaseTimes SetLease(Duration? said, Uri from)
    {
        var lease = LeaseTimes.Of(said, out var isSane);
        if (!isSane && Interlocked.Exchange(ref _isLeaseDoubted, 1) == 0)
        {
            var seconds = said is null ? "none" : $"{said.Seconds} s and {said.Nanos} ns";
            _log.Warn(
                $"the control plane at {Shown(from)} grants leases of {seconds}, which is not within {DurationText.Format(LeaseTimes.Shortest)}"
                + $" to {DurationText.Format(LeaseTimes.Longest)}; taken for {DurationText.Format(lease.Ttl)}");
        }

        Volatile.Write(ref _leaseTicks, lease.Ttl.Ticks);
        return lease;
    }

    public void Dispose()
    {
        foreach (var channel in _channels)
        {
            channel.Dispose();
        }
    }

    /// <summary>Why a call to a control plane ended, in a line that does not say where.</summary>
    public static string Describe(RpcException failure) => CallFailure.Describe(failure, "there");

    /// <summary>The same where the address matters.</summary>
    public static string Describe(RpcException failure, Uri url) => CallFailure.Describe(failure, $"at {Shown(url)}");

    /// <summary>An address as messages have it.</summary>
    public static string Shown(Uri url) => url.GetLeftPart(UriPartial.Authority);

    private ControlPlaneChannel Open(Uri url) => new(url, Lease, _time);
}
