using Mesh.ControlPlane.Replicas;
using Mesh.Policy.Sharing;
using Mesh.V1;

namespace Mesh.ControlPlane.Limits;

/// <summary>
/// Who shares limits at the other control planes that share our store, as they have said last. One that is silent counts with what it has said,
/// as long as the store says that it is alive, and as long as what it has granted may hold. One caller at a time.
/// </summary>
internal sealed class SharersElsewhere(Replica replica, OtherControlPlanes others, TimeProvider time)
{
    // They are near; each question is a connection of its own.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);

    private readonly Dictionary<string, Heard> _heard = new(StringComparer.Ordinal);
    private Task _asking = Task.CompletedTask;
    private long? _asked;

    /// <summary>How many control planes there are, this one included.</summary>
    public int Dividers => replica.IsAlone ? 1 : Math.Max(1, replica.All().Count);

    /// <summary>What is known; asks anew, where it is time to, and does not wait for that.</summary>
    /// <param name="valid">How long a grant holds.</param>
    /// <param name="stop">Ends the asking.</param>
    public IReadOnlyDictionary<LimitKey, List<Sharer>> Read(TimeSpan valid, CancellationToken stop)
    {
        if (replica.IsAlone)
        {
            return new Dictionary<LimitKey, List<Sharer>>();
        }

        if (_asking.IsCompleted && !(time.GetElapsedTime(_asked ?? 0) < Interval && _asked is not null))
        {
            _asked = time.GetTimestamp();
            _asking = AskAsync(stop);
        }

        lock (_heard)
        {
            var alive = replica.All().Select(one => one.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var gone in _heard.Where(one => !alive.Contains(one.Key) && time.GetElapsedTime(one.Value.At) > valid).Select(one => one.Key).ToList())
            {
                _heard.Remove(gone);
            }

            return _heard.Values.SelectMany(one => one.Limits)
                .GroupBy(limit => limit.Key, limit => limit.Sharers)
                .ToDictionary(limit => limit.Key, limit => limit.SelectMany(sharers => sharers).DistinctBy(sharer => sharer.Id).ToList());
        }
    }

    private async Task AskAsync(CancellationToken stop)
    {
        var (answers, _) = await others.AskAsync(
            (channel, options) => new V1.Discovery.DiscoveryClient(channel).ReadSharersAsync(new ReadSharersRequest(), options), static answer => answer.AnsweredBy, stop);
        lock (_heard)
        {
            foreach (var answer in answers)
            {
                _heard[answer.AnsweredBy] = new Heard(time.GetTimestamp(), [.. answer.Limits.Where(limit => limit.Limit is not null).Select(limit => (LimitKey.Of(limit.Limit), SharersOf(limit)))]);
            }
        }
    }

    private static List<Sharer> SharersOf(LimitSharers limit) =>
    [
        .. limit.Sidecars.Take(Math.Min(limit.Wanted.Count, limit.Kept.Count))
            .Select((id, i) => new Sharer(id, Sane(limit.Wanted[i]), Math.Min(1, Sane(limit.Kept[i])))),
    ];

    private static double Sane(float value) => float.IsNaN(value) ? 0 : Math.Max(0, value);

    private sealed record Heard(long At, IReadOnlyList<(LimitKey Key, List<Sharer> Sharers)> Limits);
}
