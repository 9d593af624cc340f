using Google.Protobuf.Collections;
using Mesh.V1;

namespace Mesh.Resources.Validation;

/// <summary>Whether rate limits let anybody on, and can be counted.</summary>
internal static class RateLimitValidation
{
    private const int MostLimits = 16;
    private const uint MostRequests = 1_000_000_000;
    private const uint MostKeys = 1_000_000;
    private const double MostPerSecond = 1_000_000;

    public static void Check(Findings findings, string path, RepeatedField<RateLimit> limits)
    {
        var count = findings.Count(path, limits.Count, MostLimits);
        for (var i = 0; i < count && !findings.IsFull; i++)
        {
            Check(findings, $"{path}[{i}]", limits[i]);
        }
    }

    private static void Check(Findings findings, string path, RateLimit limit)
    {
        findings.Range(path + ".requests", limit.Requests, 1, MostRequests);
        findings.Within(path + ".per", limit.Per, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1));
        findings.RangeIfGiven(path + ".burst", limit.HasBurst, limit.Burst, 1, MostRequests);
        findings.RangeIfGiven(path + ".max_keys", limit.HasMaxKeys, limit.MaxKeys, 1, MostKeys);
        var seconds = limit.Per is null ? 1 : Durations.ToTimeSpan(limit.Per).TotalSeconds;
        if (limit.Requests > MostPerSecond * seconds && limit.Requests <= MostRequests)
        {
            findings.Add(path + ".requests", $"{limit.Requests} in {seconds:0.###} s are more than the 1000000 a second that can be counted");
        }

        if (limit.Shared && (limit.ByHeader.Length > 0 || limit.BySourceAddress))
        {
            var field = limit.ByHeader.Length > 0 ? "by_header" : "by_source_address";
            findings.Add(path + ".shared", $"what is shared is one limit for all calls, and {field} makes one for each value: leave one of them out, or write a limit for each");
        }

        if (limit.ByHeader.Length > 0)
        {
            MatchValidation.CheckHeaderName(findings, path + ".by_header", limit.ByHeader);
            if (limit.BySourceAddress)
            {
                findings.Add(path + ".by_source_address", "a limit has one kind of buckets: by_header is given too; write a limit for each");
            }
        }
        else if (limit is { HasMaxKeys: true, BySourceAddress: false })
        {
            findings.Add(path + ".max_keys", "has no effect: there is one bucket; give by_header or by_source_address, or leave it out");
        }
    }
}
