using Mesh.Diagnosis.Causes;
using Mesh.Diagnosis.Records;
using Mesh.V1;

namespace Mesh.Diagnosis.Inference;

/// <summary>The causes of one call, each the reason for the one before.</summary>
internal sealed class CauseChain(Evidence evidence)
{
    /// <summary>An open circuit behind an open circuit behind …: what lies further back is another story.</summary>
    private const int Deepest = 4;

    // Of the calls before that say why an endpoint is out.
    private const int MostLookedAt = 50;

    public IReadOnlyList<CauseLink> Of(IReadOnlyList<Witness> path)
    {
        var links = new List<CauseLink>();
        Add(links, path, 0);
        return links;
    }

    private void Add(List<CauseLink> links, IReadOnlyList<Witness> path, int depth)
    {
        var at = path[^1];
        AddBudget(links, path);
        var cause = CauseOf(path, out var culprit);
        links.Add(LinkTexts.Of(cause, path, culprit));
        if (MeshCauses.IsOfConfiguration(cause) && Unapplied(at) is { } unapplied)
        {
            links.Add(LinkTexts.OfRejection(at, unapplied));
        }
        else if (cause == Cause.DeadlineEatenByRetries && EndpointCauses.Of(Ending.Of(at.Call, culprit!)) is { } failed)
        {
            AddOf(links, path, culprit!, failed, depth);
        }
        else if (cause == Cause.DeadlineEatenByConnecting && at.Last is { Failure.Length: > 0 } waited)
        {
            links.Add(LinkTexts.Of(EndpointCauses.Of(Ending.Of(at.Call, waited) with { Reason = "connect_failed" })!.Value, path, waited));
        }
        else if (cause is Cause.CircuitOpen or Cause.PoolFullBehindOpenCircuit or Cause.AllUnhealthy && depth < Deepest)
        {
            AddWhatPutThemOut(links, at, depth);
        }
    }

    /// <summary>A budget that is spent is why nobody else was asked, and never where it began.</summary>
    private static void AddBudget(List<CauseLink> links, IReadOnlyList<Witness> path)
    {
        if (path.LastOrDefault(one => one.Call.NoRetry == "budget_exhausted") is { } spent)
        {
            links.Add(LinkTexts.Of(Cause.RetryBudgetSpent, [spent], null));
        }
    }

    private static Cause CauseOf(IReadOnlyList<Witness> path, out AttemptReport? culprit)
    {
        var at = path[^1];
        culprit = at.Last;
        if (MeshCauses.Of(at.Call) is { } own)
        {
            return own;
        }

        if (CallPath.IsOfTime(at))
        {
            return TimeCauses.Of(path, out culprit);
        }

        return EndpointCauses.Of(Ending.Of(at.Call)) ?? Cause.Unknown;
    }

    /// <summary>The cause of a failed attempt, which its callee's sidecar may know better.</summary>
    private void AddOf(List<CauseLink> links, IReadOnlyList<Witness> path, AttemptReport attempt, Cause seen, int depth)
    {
        if (depth < Deepest && evidence.AtCallee(path[^1], attempt) is { } callee && !path.Contains(callee))
        {
            Add(links, CallPath.From(evidence, callee), depth + 1);
        }
        else
        {
            links.Add(LinkTexts.Of(seen, path, attempt));
        }
    }

    /// <summary>What failed at those that are out before: that is what has opened their circuits, or made them ill.</summary>
    private void AddWhatPutThemOut(List<CauseLink> links, Witness at, int depth)
    {
        var isOut = at.Call.Endpoints.Where(one => one.Status != "HEALTHY" || one.Circuit != "closed").Select(one => one.Endpoint).ToHashSet();
        foreach (var before in evidence.CallsOf(at.Sidecar, at.Upstream).Where(one => one.Began <= at.Ended).Take(MostLookedAt))
        {
            if (before != at && before.Call.Attempts.LastOrDefault(one => isOut.Contains(one.Endpoint) && one.Blame == "endpoint") is { } attempt
                && EndpointCauses.Of(Ending.Of(before.Call, attempt)) is { } seen)
            {
                AddOf(links, [before], attempt, seen, depth);
                return;
            }
        }

        // The instance's own sidecar knows whether it reaches its app.
        foreach (var inbound in isOut.SelectMany(instance => evidence.InboundOf(at.Upstream, instance).Take(MostLookedAt)))
        {
            if (EndpointCauses.Of(Ending.Of(inbound.Call)) is Cause.AppDown or Cause.AppSilent or Cause.AppCrashed)
            {
                Add(links, CallPath.From(evidence, inbound), depth + 1);
                return;
            }
        }
    }

    private static UnappliedResource? Unapplied(Witness at) =>
        at.Sidecar.Unapplied.FirstOrDefault(one => one.Name == at.Call.Service || one.Name == at.Call.Upstream);
}
