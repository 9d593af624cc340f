using Google.Protobuf;
using Mesh.Resources.Validation;
using Mesh.V1;

namespace Mesh.Resources.Warnings;

/// <summary>Fields of a service's config that others leave without effect.</summary>
internal static class FieldsInVain
{
    public static void Find(Findings findings, string path, ServiceConfig config)
    {
        RetryFieldsInVain.Find(findings, path + ".retry", config.Retry);
        FindInBreaker(findings, path + ".breaker", config);
        if (config.Balancing is
            { EwmaDecay: not null, Policy: not (Balancing.Types.Policy.Unspecified or Balancing.Types.Policy.PeakEwma) })
        {
            findings.Add(path + ".balancing.ewma_decay", "has no effect because of policy, which is not PEAK_EWMA");
        }

        FindReplaced(findings, path, config);
    }

    private static void FindInBreaker(Findings findings, string path, ServiceConfig config)
    {
        if (config.Breaker is not { } breaker)
        {
            return;
        }

        if (breaker.Disabled)
        {
            foreach (var field in Breaker.Descriptor.Fields.InDeclarationOrder())
            {
                // The share of those that are out holds for ejection as well.
                var isUsed = field.FieldNumber == Breaker.DisabledFieldNumber
                    || (field.FieldNumber == Breaker.MaxEjectionPercentFieldNumber && config.Ejection is not null);
                if (!isUsed && IsGiven(field.Accessor, breaker))
                {
                    findings.Add($"{path}.{field.Name}", "has no effect because of disabled");
                }
            }
        }
        else if (!breaker.HasFailureRate)
        {
            AddIf(breaker.HasMinRequests, ".min_requests");
            AddIf(breaker.Window is not null, ".window");
        }

        void AddIf(bool isGiven, string field)
        {
            if (isGiven)
            {
                findings.Add(path + field, "has no effect because failure_rate is missing");
            }
        }
    }

    /// <summary>What every call's route has of its own, instead of the service's.</summary>
    private static void FindReplaced(Findings findings, string path, ServiceConfig config)
    {
        var any = new RouteMatch();
        var reached = config.Routes.TakeWhile(route => !TakesAll(route)).ToList();
        var last = reached.Count;
        if (last == config.Routes.Count)
        {
            return;
        }

        reached.Add(config.Routes[last]);
        var place = $"{Names.Quote(PolicyTranslation.NameOf(config.Routes[last], last))} (routes[{last}])";
        AddIf(config.Retry is not null && reached.TrueForAll(route => route.Retry is not null), ".retry");
        AddIf(config.Fault is not null && reached.TrueForAll(route => route.Fault is not null), ".fault");
        AddIf(config.Hedging is not null && reached.TrueForAll(route => route.Hedging is not null), ".hedging");

        void AddIf(bool isReplaced, string field)
        {
            if (isReplaced)
            {
                findings.Add(path + field, $"has no effect because every call takes a route that has its own: {place} takes all that are left");
            }
        }

        bool TakesAll(Route route) => route.Match is null || route.Match.Equals(any);
    }

    private static bool IsGiven(Google.Protobuf.Reflection.IFieldAccessor field, IMessage message) =>
        field.Descriptor.HasPresence ? field.HasValue(message) : field.GetValue(message) is System.Collections.ICollection { Count: > 0 };
}
