using Google.Protobuf.WellKnownTypes;
using Mesh.V1;

namespace Mesh.ControlPlane.Streams;

/// <summary>Which calls a sidecar is asked to tell of: those that staged rollouts are judged by. Pure.</summary>
internal static class ObserveRequest
{
    // A rollout is looked at often enough by twenty reports, and a short one once a second.
    private const int Reports = 20;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    public static Observe Of(IEnumerable<SentResource> resources)
    {
        var request = new Observe();
        var interval = Longest;
        foreach (var sent in resources)
        {
            if (sent.Observed is { } rollout)
            {
                request.Resources.Add(new ObservedResource { Kind = sent.Key.Kind.Name, Name = sent.Key.Name, Observer = rollout.Id });
                var wanted = rollout.Staging.Duration.ToTimeSpan() / Reports;
                interval = wanted < interval ? wanted : interval;
            }
        }

        request.Interval = (interval < Shortest ? Shortest : interval).ToDuration();
        return request;
    }
}
