using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Config;
using Mesh.Resources.Rollouts;
using Mesh.V1;

namespace Mesh.ControlPlane.Rollouts;

/// <summary>Begins staged rollouts, says how they look, and ends them by hand. Any thread.</summary>
internal sealed class StagedRollouts(ConfigResources configs, ConfigReceipts receipts, TimeProvider time)
{
    /// <summary>Calls that are needed to judge, unless it is said otherwise.</summary>
    public const uint DefaultMinCalls = 100;

    private readonly long _start = time.GetTimestamp();

    /// <summary>Has some of the sidecars that a resource concerns try a version out.</summary>
    /// <param name="change">What they are to have.</param>
    /// <param name="origin">Who wants it, and why.</param>
    /// <param name="asked">Valid.</param>
    /// <param name="dryRun">Changes nothing.</param>
    /// <param name="cancellation">Ends the asking of other control planes.</param>
    /// <exception cref="StagingException">It cannot be tried out; nothing was changed.</exception>
    public async Task<RolloutEntry> BeginAsync(ConfigChange change, ConfigOrigin origin, Staging asked, bool dryRun, CancellationToken cancellation)
    {
        var staging = asked.Clone();
        staging.MinCalls = staging.HasMinCalls ? staging.MinCalls : DefaultMinCalls;
        var id = Guid.NewGuid().ToString("N")[..12];
        var concerned = await receipts.ReadAsync(change.Kind, change.Name, new ListReceiptsRequest { RolloutId = id }, cancellation);
        switch (concerned.Hashes.Count)
        {
            case 0:
                throw new StagingException("no sidecar that it concerns is connected: there is nobody to try it out; apply it to all at once");
            case 1 when AbortCondition.Parse(staging.AbortIf).IsRelative:
                throw new StagingException("one sidecar that it concerns is connected: there are no others to compare it with; give bounds that are no multiples");
        }

        var rollout = new Rollout { Id = id, State = Rollout.Types.State.UnderWay, Staging = staging, StartTime = time.GetUtcNow().ToTimestamp() };
        return await configs.BeginRolloutAsync(change, origin, rollout, RolloutEntry.ThresholdOf(concerned.Hashes, staging.Percent), dryRun)
            ?? throw new StagingException("it is so already: there is nothing to try out");
    }

    /// <summary>How one looks that is under way, by all that the control planes have been told. One that is over is as it was decided.</summary>
    /// <param name="rollout">It.</param>
    /// <param name="known">What the control planes know.</param>
    public RolloutDecision Judge(RolloutEntry rollout, ListReceiptsResponse known)
    {
        var rejected = known.Receipts.FirstOrDefault(receipt => receipt.Rejected == rollout.Candidate.Version && rollout.Has(receipt.Sidecar));
        if (rejected is not null)
        {
            return new RolloutDecision(RolloutVerdict.Abort, $"the sidecar {rejected.Sidecar} rejects it: {rejected.Error}");
        }

        var (canary, others) = (new SeenCalls(), new SeenCalls());
        canary.Add(known.Rollout?.Canary ?? new RolloutFigures());
        others.Add(known.Rollout?.Others ?? new RolloutFigures());
        var staging = rollout.Rollout.Staging;
        var duration = staging.Duration.ToTimeSpan();
        var left = rollout.Rollout.StartTime.ToDateTimeOffset() + duration - time.GetUtcNow();
        return RolloutDecision.Of(
            AbortCondition.Parse(staging.AbortIf), staging.MinCalls, left, duration - time.GetElapsedTime(_start), canary, others);
    }

    /// <summary>Ends one.</summary>
    /// <returns>As it is then; null if somebody else has ended it before.</returns>
    public async Task<Rollout?> EndAsync(RolloutEntry open, bool promote, string why, ListReceiptsResponse known, ConfigOrigin origin)
    {
        var decided = open.Rollout.Clone();
        decided.State = promote ? Rollout.Types.State.Promoted : Rollout.Types.State.Aborted;
        decided.EndTime = time.GetUtcNow().ToTimestamp();
        decided.Why = why;
        decided.Canary = Shown(known.Rollout?.Canary);
        decided.Others = Shown(known.Rollout?.Others);
        return await configs.EndRolloutAsync(open, decided, origin) ? decided : null;
    }

    /// <summary>Without how the times are spread, which is for control planes.</summary>
    public static RolloutFigures Shown(RolloutFigures? whole)
    {
        var shown = whole?.Clone() ?? new RolloutFigures();
        shown.Latencies.Clear();
        return shown;
    }
}
