using Mesh.V1;

namespace Mesh.Resources.Validation;

/// <summary>Whether a way to balance is one, and has what it needs.</summary>
internal static class BalancingValidation
{
    public static void Check(Findings findings, string path, Balancing? balancing)
    {
        if (balancing is null)
        {
            return;
        }

        if (!Enum.IsDefined(balancing.Policy))
        {
            findings.Add(path + ".policy", $"{(int)balancing.Policy} is no policy; ROUND_ROBIN, RANDOM, LEAST_REQUEST, PEAK_EWMA, LEAST_CONNECTIONS, RING_HASH or MAGLEV");
        }

        findings.Within(path + ".ewma_decay", balancing.EwmaDecay, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        findings.Within(path + ".max_rest", balancing.MaxRest, TimeSpan.Zero, TimeSpan.FromHours(1));
        if (balancing.PanicThreshold is { } percent)
        {
            findings.Range(path + ".panic_threshold", percent, 0, 100);
        }

        CheckNear(findings, path, balancing);
        CheckHashes(findings, path, balancing);
        if (balancing.SlowStart is { } start)
        {
            CheckSlowStart(findings, path + ".slow_start", start, balancing.Policy);
        }
    }

    private static void CheckNear(Findings findings, string path, Balancing balancing)
    {
        findings.RangeIfGiven(path + ".subset_size", balancing.HasSubsetSize, balancing.SubsetSize, 1, 10_000);
        if (!Enum.IsDefined(balancing.Prefer))
        {
            findings.Add(path + ".prefer", $"{(int)balancing.Prefer} is no preference; ANY, REGION or ZONE");
        }

        if (balancing.Policy is not (Balancing.Types.Policy.RingHash or Balancing.Types.Policy.Maglev))
        {
            return;
        }

        var policy = balancing.Policy == Balancing.Types.Policy.Maglev ? "MAGLEV" : "RING_HASH";
        if (balancing.HasSubsetSize)
        {
            findings.Add(path + ".subset_size", $"does not go with {policy}, whose callers would not agree on an endpoint; leave one of the two out");
        }

        if (balancing.Prefer is Balancing.Types.LocalityPreference.Region or Balancing.Types.LocalityPreference.Zone)
        {
            findings.Add(path + ".prefer", $"does not go with {policy}, whose callers would not agree on an endpoint; leave one of the two out");
        }
    }

    private static void CheckSlowStart(Findings findings, string path, SlowStart start, Balancing.Types.Policy policy)
    {
        if (start.Window is null)
        {
            findings.Add(path + ".window", "is missing; write how long it takes, such as 30s");
        }

        findings.Within(path + ".window", start.Window, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        findings.RangeIfGiven(path + ".min_weight_percent", start.HasMinWeightPercent, start.MinWeightPercent, 1, 100);
        if (policy is Balancing.Types.Policy.RingHash or Balancing.Types.Policy.Maglev)
        {
            findings.Add(path, $"does not go with {(policy == Balancing.Types.Policy.Maglev ? "MAGLEV" : "RING_HASH")}, whose keys would move back and forth; leave one of the two out");
        }
    }

    private static void CheckHashes(Findings findings, string path, Balancing balancing)
    {
        var isHashed = balancing.Policy is Balancing.Types.Policy.RingHash or Balancing.Types.Policy.Maglev;
        if (isHashed && balancing.HashOn.Count == 0)
        {
            findings.Add(path + ".hash_on", "is missing; say what of a call is hashed, such as {header: x-user}");
        }
        else if (!isHashed && balancing.HashOn.Count > 0)
        {
            findings.Add(path + ".hash_on", "has no effect: policy is neither RING_HASH nor MAGLEV");
        }

        HashValidation.Check(findings, path + ".hash_on", balancing.HashOn);
    }
}
