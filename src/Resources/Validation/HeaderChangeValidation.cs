using Google.Protobuf.Collections;
using Mesh.V1;

namespace Mesh.Resources.Validation;

/// <summary>Whether headers may be changed, and to what is asked for.</summary>
internal static class HeaderChangeValidation
{
    private const int MaxChanges = 32;
    private const int MaxName = 128;
    private const int MaxValue = 1024;

    private static readonly HashSet<string> OfProtocol =
        ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "te", "trailer", "content-length", "expect"];

    private static readonly HashSet<string> OfMesh = ["traceparent", "tracestate", "b3", "max-forwards"];

    public static void Check(Findings findings, string path, HeaderChange? change)
    {
        if (change is null)
        {
            return;
        }

        var seen = new Dictionary<string, string>();
        CheckValues(findings, path, "set", change.Set, seen);
        CheckValues(findings, path, "add", change.Add, seen);
        var count = findings.Count(path + ".remove", change.Remove.Count, MaxChanges);
        for (var i = 0; i < count; i++)
        {
            CheckName(findings, $"{path}.remove[{i}]", change.Remove[i], "remove", seen);
        }
    }

    private static void CheckValues(
        Findings findings, string path, string list, MapField<string, string> headers, Dictionary<string, string> seen)
    {
        findings.Count($"{path}.{list}", headers.Count, MaxChanges);
        foreach (var (name, value) in headers.Take(MaxChanges))
        {
            var at = $"{path}.{list}[{Names.Quote(name)}]";
            CheckName(findings, at, name, list, seen);
            if (value.Length > MaxValue)
            {
                findings.Add(at, $"{value.Length} characters are too many; at most {MaxValue}");
            }
            else if (value.AsSpan().ContainsAnyExceptInRange(' ', '~') || value.Length != value.Trim(' ').Length)
            {
                findings.Add(at, $"{Names.Quote(value)} is no value of a header: ASCII for printing, without a space at either end");
            }
        }
    }

    private static void CheckName(Findings findings, string path, string name, string list, Dictionary<string, string> seen)
    {
        if (WhyNot(name) is { } why)
        {
            findings.Add(path, why);
        }
        else
        {
            MatchValidation.CheckHeaderName(findings, path, name);
        }

        if (!seen.TryAdd(name, list))
        {
            findings.Add(path, $"is in {seen[name]} as well; one of the two has no effect, so leave it out");
        }
    }

    private static string? WhyNot(string name) => name.ToLowerInvariant() switch
    {
        [':', ..] => "is the protocol's own and cannot be changed here; a path, a prefix and a host are fields of rewrite",
        "host" => "cannot be changed here; write rewrite.host",
        "content-type" => "cannot be changed: it tells calls of gRPC from others",
        { Length: > MaxName } tooLong => $"{tooLong.Length} characters are too many; at most {MaxName}",
        var lower when OfProtocol.Contains(lower) => "is the connection's own and cannot be changed: it says how messages are carried",
        var lower when lower.StartsWith("grpc-", StringComparison.Ordinal) => "is gRPC's own and cannot be changed",
        var lower when IsOfMesh(lower) => "is the mesh's own and cannot be changed",
        _ => null,
    };

    private static bool IsOfMesh(string lower) =>
        OfMesh.Contains(lower) || lower.StartsWith("x-mesh-", StringComparison.Ordinal) || lower.StartsWith("x-b3-", StringComparison.Ordinal);
}
