using Grpc.Core;
using Mesh.Sidecar.Discovery.Cache;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery;

/// <summary>Hears what comes on one stream of a control plane, and answers it. For one caller, once.</summary>
/// <param name="intake">Takes what was sent.</param>
/// <param name="channel">Which way it comes.</param>
/// <param name="newest">Told how far the control plane is.</param>
/// <param name="outgoing">Takes the answers.</param>
/// <param name="observations">What the control plane wants to be told of calls.</param>
/// <param name="limits">What is needed of limits that are shared.</param>
/// <param name="calls">Answers what it asks of calls.</param>
/// <param name="onHeard">Told of each response.</param>
/// <param name="publish">Has what was taken take force.</param>
/// <param name="cache">Told of what has; null if none is kept.</param>
/// <param name="time">The clock.</param>
internal sealed class DiscoveryReader(
    ResourceIntake intake, ControlPlaneChannel channel, NewestState newest, Outgoing outgoing, Observations observations, LimitDemands limits, CallAnswers calls,
    Action onHeard, Action publish, SnapshotCache? cache, TimeProvider time)
{
    /// <summary>
    /// Between two publications. Each costs time in proportion to the services known, so a burst is published as one; the
    /// first change after a quiet time is not kept waiting.
    /// </summary>
    private static readonly TimeSpan PublishInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>A timer that fires later than this says that the process, or its machine, has stood still.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1);

    /// <summary>Answers that wait for the publication of what they are to.</summary>
    private const int MostHeld = 100;

    private readonly List<Api.DiscoveryRequest> _acks = [];
    private bool _changed;
    private long? _published;
    private TimeSpan? _holdingInterval;
    private long _holdingTold = time.GetTimestamp();
    private bool _isHoldingAsked;

    private TimeSpan? HoldingTimeLeft => _isHoldingAsked ? TimeSpan.Zero : _holdingInterval - time.GetElapsedTime(_holdingTold);

    private TimeSpan PublishTimeLeft => _published is { } published ? PublishInterval - time.GetElapsedTime(published) : TimeSpan.MinValue;

    /// <summary>Takes what comes; publishes, and then acknowledges, when there is nothing more at hand, or the stream ends.</summary>
    /// <returns>Why it ends.</returns>
    public async Task<string> ReadAsync(IAsyncStreamReader<Api.DiscoveryResponse> responses, CancellationToken end)
    {
        var from = ControlPlaneChannels.Shown(channel.Url);
        _holdingInterval = responses.Current.HoldingInterval is { } interval ? LeaseTimes.Of(interval, out _).Ttl : null;
        limits.Begin(responses.Current.DemandInterval);
        try
        {
            do
            {
                var ack = intake.Apply(responses.Current, from, ref _changed); // the first one came with the greeting
                if (responses.Current.Resources.Count > 0)
                {
                    _acks.Add(new Api.DiscoveryRequest { Ack = ack });
                }

                _isHoldingAsked |= responses.Current.WantsHolding;
                if (responses.Current.Observe is { } observe)
                {
                    observations.Set(observe);
                }

                if (responses.Current.Grants is { } grants)
                {
                    limits.Apply(grants);
                }

                calls.Ask(responses.Current.Questions);
                channel.OnHeard();
                newest.OnHeard(channel.Url, responses.Current.StoreId, responses.Current.Revision);
                onHeard();
                if (_changed && PublishTimeLeft < -PublishInterval)
                {
                    Flush(); // a stream that never pauses must not keep what it has said from taking force
                }

                if (_acks.Count >= MostHeld)
                {
                    Flush(); // the answers, at least
                }

                if (outgoing.IsOverfull)
                {
                    return "it speaks, and does not read what is said to it";
                }
            }
            while (await NextAsync(responses.MoveNext(end)));
            return "it has ended the stream";
        }
        finally
        {
            // What came just before the end counts as well.
            Flush();
            observations.End();
        }
    }

    private async Task<bool> NextAsync(Task<bool> next)
    {
        var hasListened = false;
        while (!next.IsCompleted)
        {
            if (intake.ConfirmTimeLeft is { } over && over <= TimeSpan.Zero)
            {
                if (over < -Late && !hasListened)
                {
                    // We have not run: what was said meanwhile lies in the socket, and is heard first.
                    hasListened = true;
                    await WaitAsync(next, Late);
                    continue;
                }

                intake.OnConfirmTimeOver();
                _changed = true;
            }

            if (_changed && PublishTimeLeft is { Ticks: > 0 } left)
            {
                await WaitAsync(next, left);
                continue;
            }

            Flush();
            TellHolding();
            TellCalls();
            TellDemands();
            await WaitAsync(next, Sooner(Sooner(intake.ConfirmTimeLeft, limits.TimeLeft), Sooner(HoldingTimeLeft, observations.TimeLeft)));
        }

        return await next;
    }

    /// <summary>If it is time to. All that is in it has been acknowledged.</summary>
    private void TellHolding()
    {
        if (HoldingTimeLeft is { Ticks: <= 0 })
        {
            outgoing.Add(new Api.DiscoveryRequest { Holding = intake.Holding(_isHoldingAsked) });
            _isHoldingAsked = false;
            _holdingTold = time.GetTimestamp();
        }
    }

    private void TellCalls()
    {
        if (observations.TimeLeft is { Ticks: <= 0 })
        {
            foreach (var signals in observations.Tell())
            {
                outgoing.Add(new Api.DiscoveryRequest { Signals = signals });
            }
        }
    }

    private void TellDemands()
    {
        if (limits.TimeLeft is { Ticks: <= 0 } && limits.Tell() is { } demands)
        {
            outgoing.Add(new Api.DiscoveryRequest { Demands = demands });
        }
    }

    private static TimeSpan? Sooner(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other : one;

    private void Flush()
    {
        if (_changed)
        {
            _changed = false;
            _published = time.GetTimestamp();
            publish();
            cache?.OnChanged();
            cache?.OnConfirmed();
        }

        _acks.ForEach(outgoing.Add);
        _acks.Clear();
    }

    /// <summary>Until it completes or the time is up, which may be just over.</summary>
    private async Task WaitAsync(Task next, TimeSpan? limit)
    {
        var wait = limit is not { } left ? Timeout.InfiniteTimeSpan : left > TimeSpan.Zero ? left : TimeSpan.Zero;
        await next.WaitAsync(wait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
