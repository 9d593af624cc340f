using Mesh.Diagnosis.Causes;
using Mesh.Policy.Outcomes;
using Mesh.Tests;
using Mesh.V1;

namespace Mesh.Diagnosis.Tests;

/// <summary>Every cause has its row, docs/causes.md shows them, and no reason is without a cause.</summary>
public sealed class CauseTableTests
{
    public static TheoryData<string> Reasons =>
        [.. Enum.GetValues<OutcomeReason>().Where(reason => reason is not (OutcomeReason.Ok or OutcomeReason.Lost)).Select(reason => string.Concat(reason.ToString().Select((letter, at) => char.IsAsciiLetterUpper(letter) && at > 0 ? $"_{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}")))];

    [Fact]
    public void Every_cause_has_its_row() => Assert.All(Enum.GetValues<Cause>(), cause => Assert.Equal(cause, CauseTable.Of(cause).Value));

    [Fact]
    public void The_page_of_causes_shows_the_table()
    {
        var lines = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "docs", "causes.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal));
        Assert.Equal(CauseTable.All.Select(row => $"| `{row.Word}` | {row.Meaning} | {row.Cure} |"), lines);
    }

    /// <summary>Whatever the table of reasons has, a single record of it is enough to name something.</summary>
    [Theory]
    [MemberData(nameof(Reasons))]
    public void Every_reason_leads_to_a_cause(string reason)
    {
        foreach (var side in new[] { CallSide.Outbound, CallSide.Inbound })
        {
            var told = Made.Sidecar("orders", "orders-1", Made.Call(side, "users", reason).At("users-1"));
            var evidence = new Records.Evidence([told]);
            var finding = new Investigation(evidence).Explain(evidence.All[0]);
            Assert.DoesNotContain(finding.Links, link => link.Cause == Cause.Unknown);
        }
    }
}
