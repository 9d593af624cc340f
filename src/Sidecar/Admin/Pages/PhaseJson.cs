using System.Text.Json;
using Mesh.Policy.Faults;
using Mesh.Policy.Hedging;
using Mesh.Policy.Outcomes;
using Mesh.Policy.RateLimiting;
using Mesh.Policy.Routing;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>What calls pass before they go on, and what goes beside them, where there is any. Part of <see cref="PolicyJson"/>.</summary>
internal static class PhaseJson
{
    public static void WriteRateLimits(Utf8JsonWriter json, IReadOnlyList<RateLimitOptions> limits)
    {
        if (limits.Count == 0)
        {
            return;
        }

        json.WriteStartArray("rate_limits");
        foreach (var limit in limits)
        {
            json.WriteStartObject();
            json.WriteNumber("requests", limit.Requests);
            json.WriteString("per", PolicyJson.Seconds(limit.Per));
            json.WriteNumber("burst", limit.Burst ?? limit.Requests);
            if (limit.ByHeader is not null)
            {
                json.WriteString("by_header", limit.ByHeader);
            }

            if (limit.BySourceAddress)
            {
                json.WriteBoolean("by_source_address", true);
            }

            if (limit.ByHeader is not null || limit.BySourceAddress)
            {
                json.WriteNumber("max_keys", limit.MaxKeys);
            }

            if (limit.IsShared)
            {
                json.WriteBoolean("shared", true);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <param name="json">Written to.</param>
    /// <param name="hedging">Null says nothing.</param>
    public static void WriteHedging(Utf8JsonWriter json, HedgingOptions? hedging)
    {
        if (hedging is null)
        {
            return;
        }

        json.WriteStartObject("hedging");
        json.WriteNumber("max_attempts", hedging.MaxAttempts);
        json.WriteString("delay", PolicyJson.Seconds(hedging.Delay));
        if (hedging.Percentile is { } percentile)
        {
            json.WriteNumber("percentile", percentile);
        }

        json.WriteStartArray("methods");
        foreach (var path in hedging.Methods.Paths.Order(StringComparer.Ordinal))
        {
            json.WriteStringValue(path);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <param name="json">Written to.</param>
    /// <param name="mirror">Null says nothing.</param>
    public static void WriteMirror(Utf8JsonWriter json, MirrorOptions? mirror)
    {
        if (mirror is null)
        {
            return;
        }

        json.WriteStartObject("mirror");
        if (mirror.Service is { } service)
        {
            json.WriteString("service", service);
        }

        if (!mirror.Subset.IsAll)
        {
            json.WritePropertyName("subset");
            BackendJson.WriteSubset(json, mirror.Subset);
        }

        json.WriteNumber("percent", mirror.Percent);
        json.WriteEndObject();
    }

    /// <param name="json">Written to.</param>
    /// <param name="fault">Null says nothing.</param>
    public static void WriteFault(Utf8JsonWriter json, FaultOptions? fault)
    {
        if (fault is null)
        {
            return;
        }

        json.WriteStartObject("fault");
        if (fault.Delay > TimeSpan.Zero)
        {
            json.WriteStartObject("delay");
            json.WriteString("duration", PolicyJson.Seconds(fault.Delay));
            json.WriteNumber("percent", fault.DelayPercent);
            json.WriteEndObject();
        }

        if (fault.Abort is { } status)
        {
            json.WriteStartObject("abort");
            if (status == FaultStatus.OfGrpc(status.Grpc))
            {
                json.WriteString("code", GrpcStatus.TextOf(status.Grpc));
            }
            else
            {
                json.WriteNumber("http_status", status.Http);
            }

            json.WriteNumber("percent", fault.AbortPercent);
            json.WriteEndObject();
        }

        json.WriteBoolean("by_header", fault.ByHeader);
        json.WriteEndObject();
    }
}
