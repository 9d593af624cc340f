using System.Text;
using Mesh.Resources;
using Mesh.Sidecar.Discovery.Services;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery;

/// <summary>What a control plane wants to be told of calls, on one stream; where it does not ask, nothing is counted for it. One caller at a time.</summary>
internal sealed class Observations(ServiceDirectory directory, TimeProvider time)
{
    /// <summary>More is no control plane's need.</summary>
    private const int Most = 100;

    private List<ObservedCalls> _observed = [];
    private TimeSpan _interval;
    private long _told;

    /// <summary>How long until <see cref="Tell"/> is due; null if it is not.</summary>
    public TimeSpan? TimeLeft => _observed.Count == 0 ? null : _interval - time.GetElapsedTime(_told);

    /// <summary>These and no others from now on.</summary>
    public void Set(Api.Observe observe)
    {
        _interval = LeaseTimes.Of(observe.Interval, out _).Ttl;
        var former = _observed;
        _observed = [.. observe.Resources.Take(Most).Select(wanted => former.Find(one => one.Observer == wanted.Observer) ?? Of(wanted))];
        former.Except(_observed).ToList().ForEach(one => one.End());
        _ = Tell(); // counting begins
    }

    /// <summary>What has come about since the last time.</summary>
    public IReadOnlyList<Api.Signals> Tell()
    {
        _told = time.GetTimestamp();
        return [.. _observed.Select(one => one.Tell()).OfType<Api.Signals>()];
    }

    public void End()
    {
        _observed.ForEach(one => one.End());
        _observed = [];
    }

    private ObservedCalls Of(Api.ObservedResource wanted)
    {
        var key = Encoding.UTF8.GetBytes(wanted.Name);
        return new ObservedCalls(wanted.Observer, wanted.Kind == ConfigKindName.Inbound
            ? () => directory.InboundService == wanted.Name ? directory.Current.Inbound : null
            : () => directory.Current.Find(key));
    }
}
