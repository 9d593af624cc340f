using Google.Protobuf.Collections;
using Mesh.V1;

namespace Mesh.Resources.Validation;

/// <summary>Whether a route leads somewhere, and everything that it says of where has an effect.</summary>
internal static class BackendValidation
{
    private const int MaxBackends = 64;
    private const int MaxFallbacks = 16;
    private const int MaxVersion = 128;
    private const uint MaxWeight = 1_000_000;

    public static void Check(Findings findings, string path, Route route)
    {
        CheckService(findings, path + ".service", route.Service);
        CheckSubset(findings, path + ".subset", route.Subset);
        CheckFallbacks(findings, path + ".fallbacks", route.Subset, route.Fallbacks);
        HashValidation.Check(findings, path + ".hash_on", route.HashOn);
        if (route.HashOn.Count > 0 && route.Backends.Count < 2)
        {
            findings.Add(path + ".hash_on", "has no effect without several backends; among a service's instances balancing.hash_on does this");
        }

        if (route.Backends.Count > 0)
        {
            CheckBackends(findings, path, route);
        }
    }

    private static void CheckBackends(Findings findings, string path, Route route)
    {
        var other = route.Service.Length > 0 ? ".service" : route.Subset is not null ? ".subset" : route.Fallbacks.Count > 0 ? ".fallbacks" : null;
        if (other is not null)
        {
            findings.Add(path + other, "has no effect because of backends; write it there");
        }

        var count = findings.Count(path + ".backends", route.Backends.Count, MaxBackends);
        for (var i = 0; i < count; i++)
        {
            var backend = route.Backends[i];
            var at = $"{path}.backends[{i}]";
            CheckService(findings, at + ".service", backend.Service);
            CheckSubset(findings, at + ".subset", backend.Subset);
            CheckFallbacks(findings, at + ".fallbacks", backend.Subset, backend.Fallbacks);
            findings.RangeIfGiven(at + ".weight", backend.HasWeight, backend.Weight, 0, MaxWeight);
        }

        if (route.Backends.All(backend => backend is { HasWeight: true, Weight: 0 }))
        {
            findings.Add(path + ".backends", "all weights are 0, so that no call could go anywhere; give one a weight");
        }
    }

    /// <summary>A service, where one is named.</summary>
    public static void CheckService(Findings findings, string path, string service)
    {
        if (service.Length > 0)
        {
            findings.ServiceName(path, service);
        }
    }

    /// <summary>Some of its instances, where they are asked for.</summary>
    public static void CheckSubset(Findings findings, string path, Subset? subset)
    {
        if (subset is null)
        {
            return;
        }

        if (IsAll(subset))
        {
            findings.Add(path, "asks for nothing, which is every instance; give it a version or metadata, or leave it out");
        }

        findings.Text(path + ".version", subset.Version, MaxVersion);
        findings.Metadata(path + ".metadata", subset.Metadata);
    }

    private static void CheckFallbacks(Findings findings, string path, Subset? preferred, RepeatedField<Subset> fallbacks)
    {
        if (fallbacks.Count > 0 && preferred is null)
        {
            findings.Add(path, "has no effect without subset, which is every instance already");
        }

        var count = findings.Count(path, fallbacks.Count, MaxFallbacks);
        for (var i = 0; i < count; i++)
        {
            var at = $"{path}[{i}]";
            if (i > 0 && IsAll(fallbacks[i - 1]))
            {
                findings.Add(at, $"has no effect after [{i - 1}], which is every instance");
            }
            else if (!IsAll(fallbacks[i]))
            {
                CheckSubset(findings, at, fallbacks[i]);
            }
        }
    }

    private static bool IsAll(Subset subset) => subset.Version.Length == 0 && subset.Metadata.Count == 0;
}
