using System.Globalization;
using System.Text.Json;
using Mesh.Policy.Balancing;
using Mesh.Policy.Balancing.Hashing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Ejecting;
using Mesh.Policy.Faults;
using Mesh.Policy.Limiting;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>
/// A policy in force, with the names of the config resource (mesh.v1.ServiceConfig) and its defaults filled in, so that
/// what the page shows can be put into a resource.
/// </summary>
internal static class PolicyJson
{
    public static void Write(Utf8JsonWriter json, ServicePolicyOptions policy)
    {
        json.WriteStartObject();
        json.WriteStartObject("balancing");
        json.WriteString("policy", Words.Of(policy.Balancing.Kind).ToUpperInvariant());
        WriteTime(json, "ewma_decay", policy.Balancing.EwmaDecay);
        json.WriteNumber("panic_threshold", policy.Balancing.PanicThresholdPercent);
        WriteTime(json, "max_rest", policy.Balancing.MaxRest);
        if (policy.Balancing.SubsetSize > 0)
        {
            json.WriteNumber("subset_size", policy.Balancing.SubsetSize);
        }

        if (policy.Balancing.Locality != LocalityPreference.Any)
        {
            json.WriteString("prefer", Words.Of(policy.Balancing.Locality).ToUpperInvariant());
        }

        WriteHashes(json, policy.Balancing.HashOn);
        if (policy.Balancing.SlowStart is { Window.Ticks: > 0 } start)
        {
            json.WriteStartObject("slow_start");
            WriteTime(json, "window", start.Window);
            json.WriteNumber("min_weight_percent", start.MinWeightPercent);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        WriteTimeouts(json, policy.Timeouts);
        WriteRetry(json, policy.Retry);
        WriteBreaker(json, policy.Breaker);
        WriteEjection(json, policy.Ejection);
        WriteLimits(json, policy.Limits);
        PhaseJson.WriteRateLimits(json, policy.RateLimits);
        PhaseJson.WriteFault(json, policy.Fault == FaultOptions.None ? null : policy.Fault);
        PhaseJson.WriteHedging(json, policy.Hedging);
        json.WriteStartArray("routes");
        foreach (var route in policy.Routes)
        {
            WriteRoute(json, route);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>What holds for calls that come in, as mesh.v1.InboundConfig has it.</summary>
    public static void WriteInbound(Utf8JsonWriter json, ServicePolicyOptions policy)
    {
        json.WriteStartObject();
        WriteTimeouts(json, policy.Timeouts with { SendsHopeless = false }); // which there is no field for
        WriteLimits(json, policy.Limits);
        PhaseJson.WriteRateLimits(json, policy.RateLimits);
        AuthorizationJson.Write(json, policy.Authorization);
        json.WriteEndObject();
    }

    /// <summary>As durations are in the JSON form of messages: "1.5s".</summary>
    public static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.#######", CultureInfo.InvariantCulture) + "s";

    private static void WriteHashes(Utf8JsonWriter json, IReadOnlyList<HashOptions> sources)
    {
        if (sources.Count == 0)
        {
            return;
        }

        json.WriteStartArray("hash_on");
        foreach (var source in sources)
        {
            json.WriteStartObject();
            switch (source.Source)
            {
                case HashSource.Header:
                    json.WriteString("header", source.Name);
                    break;
                case HashSource.Cookie:
                    json.WriteString("cookie", source.Name);
                    break;
                case HashSource.SourceAddress:
                    json.WriteBoolean("source_address", true);
                    break;
                default:
                    json.WriteBoolean("path", true);
                    break;
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteTimeouts(Utf8JsonWriter json, TimeoutOptions timeouts)
    {
        json.WriteStartObject("timeouts");
        WriteTime(json, "request", timeouts.Request);
        WriteTime(json, "per_try", timeouts.PerTry);
        WriteTime(json, "connect", timeouts.Connect);
        // Left out it stands for the default, which 0 takes away.
        WriteTime(json, "idle", timeouts.Idle ?? (timeouts.SilentRequest is null ? TimeSpan.Zero : null));
        WriteTime(json, "max_stream_age", timeouts.MaxStreamAge);
        WriteTime(json, "max_connection_age", timeouts.MaxConnectionAge);
        if (timeouts.SendsHopeless)
        {
            json.WriteBoolean("send_hopeless", true);
        }

        json.WriteEndObject();
    }

    private static void WriteLimits(Utf8JsonWriter json, LimitOptions limits)
    {
        json.WriteStartObject("limits");
        json.WriteNumber("max_concurrent_requests", limits.MaxConcurrentRequests);
        json.WriteNumber("max_pending_requests", limits.MaxPendingRequests);
        if (limits.Adaptive is { } adaptive)
        {
            json.WriteStartObject("adaptive");
            json.WriteNumber("min_concurrent_requests", adaptive.Min);
            WriteTime(json, "interval", adaptive.Interval);
            WriteTime(json, "memory", adaptive.Memory);
            json.WriteNumber("tolerance_percent", adaptive.TolerancePercent);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteRetry(Utf8JsonWriter json, RetryOptions retry)
    {
        json.WriteStartObject("retry");
        json.WriteNumber("max_attempts", retry.MaxAttempts);
        WriteAnswers(json, retry.RetriableCodes, retry.HttpStatuses);
        WriteTime(json, "backoff_base", retry.BackoffBase);
        WriteTime(json, "backoff_max", retry.BackoffMax);
        json.WriteStartObject("budget");
        json.WriteNumber("percent", retry.BudgetPercent);
        json.WriteNumber("min_per_second", retry.BudgetMinPerSecond);
        json.WriteEndObject();
        json.WriteNumber("replay_limit_bytes", retry.ReplayLimitBytes);
        json.WriteStartArray("methods");
        foreach (var path in retry.Methods.Paths.Order(StringComparer.Ordinal))
        {
            json.WriteStringValue(path);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteBreaker(Utf8JsonWriter json, BreakerOptions breaker)
    {
        json.WriteStartObject("breaker");
        json.WriteBoolean("disabled", !breaker.Enabled);
        json.WriteNumber("consecutive_failures", breaker.ConsecutiveFailures);
        if (breaker.FailureRatePercent > 0)
        {
            json.WriteNumber("failure_rate", breaker.FailureRatePercent); // left out it is none
        }

        json.WriteNumber("min_requests", breaker.MinRequests);
        WriteTime(json, "window", breaker.Window);
        WriteTime(json, "open", breaker.Open);
        WriteTime(json, "max_open", breaker.MaxOpen);
        json.WriteNumber("probes", breaker.Probes);
        json.WriteNumber("max_ejection_percent", breaker.MaxEjectionPercent);
        WriteAnswers(json, breaker.Codes, breaker.HttpStatuses);
        json.WriteEndObject();
    }

    private static void WriteEjection(Utf8JsonWriter json, EjectionOptions? ejection)
    {
        if (ejection is null)
        {
            return;
        }

        json.WriteStartObject("ejection");
        WriteTime(json, "interval", ejection.Interval);
        WriteTime(json, "base_time", ejection.BaseTime);
        WriteTime(json, "max_time", ejection.MaxTime);
        if (ejection.SuccessRate is { } rate)
        {
            json.WriteStartObject("success_rate");
            json.WriteNumber("stdev_factor", rate.StdevFactor);
            json.WriteNumber("min_hosts", rate.MinHosts);
            json.WriteNumber("request_volume", rate.RequestVolume);
            json.WriteEndObject();
        }

        if (ejection.FailurePercentage is { } failures)
        {
            json.WriteStartObject("failure_percentage");
            json.WriteNumber("threshold", failures.Threshold);
            json.WriteNumber("min_hosts", failures.MinHosts);
            json.WriteNumber("request_volume", failures.RequestVolume);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteAnswers(Utf8JsonWriter json, uint codes, HttpStatusSet statuses)
    {
        json.WriteStartArray("codes");
        for (var code = 0; code < GrpcStatus.Names.Length; code++)
        {
            if ((codes >> code & 1) != 0)
            {
                json.WriteStringValue(GrpcStatus.Names[code]);
            }
        }

        json.WriteEndArray();
        json.WriteStartArray("http_statuses");
        for (var status = 400; status < 600; status++)
        {
            if (statuses.Contains(status))
            {
                json.WriteNumberValue(status);
            }
        }

        json.WriteEndArray();
    }

    private static void WriteRoute(Utf8JsonWriter json, RouteOptions route)
    {
        json.WriteStartObject();
        json.WriteString("name", route.Name);
        MatchJson.Write(json, route.Match);
        AnswerJson.Write(json, route);
        RewriteJson.Write(json, route.Rewrite);
        BackendJson.Write(json, route.Backends);
        WriteHashes(json, route.HashOn);
        if (route.Timeouts is { } timeouts)
        {
            WriteTimeouts(json, timeouts);
        }

        if (route.Retry is { } retry)
        {
            WriteRetry(json, retry);
        }

        PhaseJson.WriteRateLimits(json, route.RateLimits);
        PhaseJson.WriteFault(json, route.Fault);
        PhaseJson.WriteHedging(json, route.Hedging);
        PhaseJson.WriteMirror(json, route.Mirror);
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, TimeSpan? value)
    {
        if (value is { } time)
        {
            json.WriteString(name, Seconds(time));
        }
    }
}
