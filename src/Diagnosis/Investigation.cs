using Mesh.Diagnosis.Causes;
using Mesh.Diagnosis.Inference;
using Mesh.Diagnosis.Records;

namespace Mesh.Diagnosis;

/// <summary>Finds out why calls failed, from nothing but what sidecars remember of them. Pure: the same records give the same findings.</summary>
/// <param name="evidence">The records.</param>
public sealed class Investigation(Evidence evidence)
{
    /// <summary>Calls that are compared with one: more say nothing new.</summary>
    private const int MostCompared = 500;

    private readonly CauseChain _causes = new(evidence);

    /// <summary>Why this call failed, or was slow.</summary>
    public Finding Explain(Witness call)
    {
        var path = CallPath.From(evidence, call);
        return new Finding(call, path, _causes.Of(path));
    }

    /// <summary>The calls of which the others are consequences or continuations, the last first: where callers were told.</summary>
    public IReadOnlyList<Witness> Outermost(Func<Witness, bool> isMeant)
    {
        var meant = evidence.All.Where(isMeant).Take(MostCompared).ToList();
        var within = meant.SelectMany(call => CallPath.From(evidence, call).Skip(1)).ToHashSet();
        var outermost = meant.Where(call => !within.Contains(call) && !evidence.HasCaller(call)).ToList();
        return outermost.Count > 0 ? outermost : [.. meant.OrderBy(call => call.Call.Hop).Take(1)]; // records that contradict each other
    }

    /// <summary>Calls with the same first cause at the same place, this one aside; the last first.</summary>
    public IReadOnlyList<Finding> SameCause(Finding finding) =>
        [.. Outermost(static _ => true).Where(call => call != finding.Call).Select(Explain)
            .Where(other => other.First.Cause == finding.First.Cause && other.First.Where == finding.First.Where)];
}
