using Mesh.Policy.Outcomes;
using Mesh.Tests;

namespace Mesh.Policy.Tests.Outcomes;

/// <summary>The table of reasons has a row for each, and docs/errors.md shows it as it is.</summary>
public sealed class ReasonsTests
{
    [Fact]
    public void Every_reason_has_its_row()
    {
        foreach (var reason in Enum.GetValues<OutcomeReason>())
        {
            Assert.Equal(reason, Reasons.Of(reason)?.Value);
        }
    }

    [Fact]
    public void What_the_mesh_answers_itself_has_a_status_in_both_protocols_and_a_message()
    {
        foreach (var row in Reasons.All)
        {
            Assert.InRange(row.GrpcStatus, 0, 16);
            Assert.Equal(row.HttpStatus == 0, row.Messages.Length == 0);
            Assert.True(row.HttpStatus is 0 or (>= 200 and < 600), row.Value.ToString());
        }
    }

    [Fact]
    public void The_page_of_errors_shows_the_table()
    {
        var page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "errors.md"));
        foreach (var row in Reasons.All)
        {
            Assert.Contains(LineOf(row), page, StringComparison.Ordinal);
        }

        Assert.Equal(Reasons.All.Length, page.Split('\n').Count(line => line.StartsWith("| `", StringComparison.Ordinal)));
    }

    private static string LineOf(Reason row)
    {
        var messages = string.Join("<br>", row.Messages.Select(text => text.Replace("{unusable}", "none of its {n} endpoints can be used ({counts})", StringComparison.Ordinal)));
        var http = row.HttpStatus == 0 ? "–" : $"{row.HttpStatus}";
        return $"| `{Snake(row.Value)}` | {GrpcStatus.TextOf(row.GrpcStatus)} | {http} | {row.Flag} | {BlameOf(row)} | {RetryOf(row)} | {(messages.Length == 0 ? "–" : messages)} |";
    }

    private static string BlameOf(Reason row) => row.Blame switch
    {
        Blame.Nobody => "nobody",
        Blame.Caller => "caller",
        Blame.Mesh => "mesh",
        Blame.Endpoint => "endpoint",
        Blame.EndpointIfSource => "endpoint, if it did it",
        _ => "by its code",
    };

    private static string RetryOf(Reason row) => row.Retriable switch
    {
        Retriable.AtOnce => "at once",
        Retriable.ByPolicy => "by policy",
        _ => "no",
    };

    private static string Snake(OutcomeReason reason) =>
        string.Concat(reason.ToString().Select((c, i) => char.IsAsciiLetterUpper(c) && i > 0 ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
