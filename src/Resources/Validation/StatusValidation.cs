using Mesh.Policy.Outcomes;
using Mesh.Resources.Yaml;

namespace Mesh.Resources.Validation;

/// <summary>Whether lists of answers that count as failures name such answers.</summary>
internal static class StatusValidation
{
    public static void CheckCodes(Findings findings, string path, IReadOnlyList<string> codes)
    {
        for (var i = 0; i < codes.Count; i++)
        {
            CheckCode(findings, $"{path}[{i}]", codes[i]);
        }
    }

    public static void CheckHttpStatuses(Findings findings, string path, IReadOnlyList<uint> statuses)
    {
        for (var i = 0; i < statuses.Count; i++)
        {
            findings.Range($"{path}[{i}]", statuses[i], 400, 599);
        }
    }

    private static void CheckCode(Findings findings, string path, string code)
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
