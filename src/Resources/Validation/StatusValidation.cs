using Mesh.Policy.Outcomes;
using Mesh.Resources.Yaml;

namespace Mesh.Resources.Validation;

/// <summary>Whether lists of answers that count as failures name such answers.</summary>
internal static class StatusValidation
{
    // There are 17, and 200 statuses; the same may be given twice by who joins two lists.
    private const int MaxCodes = 64;
    private const int MaxStatuses = 1000;

    public static void CheckCodes(Findings findings, string path, IReadOnlyList<string> codes)
    {
        var count = findings.Count(path, codes.Count, MaxCodes);
        for (var i = 0; i < count; i++)
        {
            CheckCode(findings, $"{path}[{i}]", codes[i]);
        }
    }

    public static void CheckHttpStatuses(Findings findings, string path, IReadOnlyList<uint> statuses)
    {
        var count = findings.Count(path, statuses.Count, MaxStatuses);
        for (var i = 0; i < count && !findings.IsFull; i++)
        {
            findings.Range($"{path}[{i}]", statuses[i], 400, 599);
        }
    }

    public static void CheckCode(Findings findings, string path, string code)
    {
        if (!GrpcStatus.TryParse(code, out var number))
        {
            findings.Add(path, NearestName.Find(code, GrpcStatus.Names.ToArray()) is { } meant
                ? $"{Names.Quote(code)} is no gRPC status code; did you mean {meant}?"
                : $"{Names.Quote(code)} is no gRPC status code; write its name, such as UNAVAILABLE");
        }
        else if (number == GrpcStatus.Ok)
        {
            findings.Add(path, "OK is a success; leave it out");
        }
    }
}
