using System.Globalization;
using System.Text;
using System.Text.Json;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>/config: what the sidecar goes by. One snapshot for the whole page.</summary>
internal sealed class ConfigPage(SidecarView view)
{
    public Answer Answer(bool text) => text ? Admin.Answer.Text(Text()) : Json();

    private Answer Json() => Admin.Answer.Json(json =>
    {
        var options = view.Options;
        var snapshot = view.Directory.Current;
        json.WriteStartObject();
        json.WriteStartObject("sidecar");
        json.WriteString("service", options.Service);
        json.WriteString("app", options.App?.ToString());
        json.WriteString("instance_id", options.InstanceId);
        json.WriteString("version", options.Version);
        json.WriteString("locality", options.Locality);
        json.WriteString("static_file", options.StaticFile);
        json.WriteStartArray("control_plane");
        foreach (var address in options.ControlPlane)
        {
            json.WriteStringValue(address.ToString());
        }

        json.WriteEndArray();
        json.WriteStartObject("listeners");
        foreach (var listener in view.Listeners)
        {
            json.WriteString(listener.Name, listener.Local.ToString());
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("snapshot");
        json.WriteNumber("version", snapshot.Version);
        json.WriteBoolean("whole", snapshot.IsWhole);
        json.WriteNumber("age_seconds", Math.Round(view.SnapshotAge.TotalSeconds, 3));
        if (view.IsControlPlaneConnected() is { } connected)
        {
            json.WriteBoolean("control_plane_connected", connected);
        }

        json.WriteEndObject();
        json.WriteStartArray("services");
        foreach (var cluster in Services(snapshot))
        {
            WriteService(json, cluster);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static IEnumerable<Cluster> Services(MeshSnapshot snapshot) =>
        snapshot.Clusters.OrderBy(c => c.Name, StringComparer.Ordinal);

    private static void WriteService(Utf8JsonWriter json, Cluster cluster)
    {
        var policy = cluster.Policy;
        json.WriteStartObject();
        json.WriteString("name", cluster.Name);
        json.WriteBoolean("known", cluster.IsKnown);
        json.WriteNumber("endpoints_version", cluster.EndpointsVersion);
        json.WriteNumber("policy_version", cluster.PolicyVersion);
        json.WriteStartArray("endpoints");
        foreach (var endpoint in cluster.Endpoints)
        {
            json.WriteStartObject();
            json.WriteString("id", endpoint.Id);
            json.WriteString("address", endpoint.Address);
            json.WriteString("status", endpoint.Description.Status);
            json.WriteNumber("weight", endpoint.State.Weight);
            json.WriteString("version", endpoint.Description.Version);
            json.WriteString("locality", endpoint.Description.Locality);
            json.WriteStartObject("metadata");
            foreach (var (key, value) in endpoint.Description.Metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("policy");
        json.WriteStartObject("balancing");
        json.WriteString("algorithm", Words.Of(policy.Balancing.Kind));
        WriteTime(json, "ewma_decay", policy.Balancing.EwmaDecay);
        json.WriteNumber("panic_threshold_percent", policy.Balancing.PanicThresholdPercent);
        json.WriteEndObject();
        WriteTimeouts(json, policy.Timeouts);
        WriteRetry(json, policy.Retry);
        WriteBreaker(json, policy);
        json.WriteStartObject("limits");
        json.WriteNumber("max_concurrent_requests", policy.Limits.MaxConcurrentRequests);
        json.WriteNumber("max_pending_requests", policy.Limits.MaxPendingRequests);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartArray("routes");
        foreach (var route in policy.Routes)
        {
            WriteRoute(json, route);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteBreaker(Utf8JsonWriter json, ServicePolicyOptions policy)
    {
        var breaker = policy.Breaker;
        json.WriteStartObject("breaker");
        json.WriteBoolean("enabled", breaker.Enabled);
        json.WriteNumber("consecutive_failures", breaker.ConsecutiveFailures);
        json.WriteNumber("failure_rate_percent", breaker.FailureRatePercent);
        json.WriteNumber("min_requests", breaker.MinRequests);
        WriteTime(json, "window", breaker.Window);
        WriteTime(json, "open", breaker.Open);
        WriteTime(json, "max_open", breaker.MaxOpen);
        json.WriteNumber("growth", breaker.Growth);
        json.WriteNumber("jitter", breaker.Jitter);
        json.WriteNumber("probes", breaker.Probes);
        json.WriteEndObject();
    }

    private static void WriteRoute(Utf8JsonWriter json, RouteOptions route)
    {
        json.WriteStartObject();
        json.WriteString("name", route.Name);
        json.WriteStartObject("match");
        WriteIfGiven(json, "exact", route.Match.Exact);
        WriteIfGiven(json, "prefix", route.Match.Prefix);
        WriteIfGiven(json, "http_method", route.Match.HttpMethod);
        json.WriteStartArray("headers");
        foreach (var header in route.Match.Headers)
        {
            json.WriteStartObject();
            json.WriteString("name", header.Name);
            WriteIfGiven(json, "exact", header.Exact);
            WriteIfGiven(json, "prefix", header.Prefix);
            json.WriteBoolean("invert", header.Invert);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        WriteIfGiven(json, "service", route.Service);
        if (route.Timeouts is { } timeouts)
        {
            WriteTimeouts(json, timeouts);
        }

        if (route.Retry is { } retry)
        {
            WriteRetry(json, retry);
        }

        json.WriteEndObject();
    }

    private static void WriteTimeouts(Utf8JsonWriter json, TimeoutOptions timeouts)
    {
        json.WriteStartObject("timeouts");
        WriteTime(json, "request", timeouts.Request);
        WriteTime(json, "per_try", timeouts.PerTry);
        WriteTime(json, "connect", timeouts.Connect);
        WriteTime(json, "idle", timeouts.Idle);
        json.WriteEndObject();
    }

    private static void WriteRetry(Utf8JsonWriter json, RetryOptions retry)
    {
        json.WriteStartObject("retry");
        json.WriteNumber("max_attempts", retry.MaxAttempts);
        json.WriteStartArray("codes");
        for (var code = 0; code < GrpcStatus.Names.Length; code++)
        {
            if ((retry.RetriableCodes >> code & 1) != 0)
            {
                json.WriteStringValue(GrpcStatus.Names[code]);
            }
        }

        json.WriteEndArray();
        json.WriteStartArray("http_statuses");
        for (var status = 400; status < 600; status++)
        {
            if (retry.HttpStatuses.Contains(status))
            {
                json.WriteNumberValue(status);
            }
        }

        json.WriteEndArray();
        WriteTime(json, "backoff_base", retry.BackoffBase);
        WriteTime(json, "backoff_max", retry.BackoffMax);
        json.WriteNumber("replay_limit_bytes", retry.ReplayLimitBytes);
        json.WriteNumber("budget_percent", retry.BudgetPercent);
        json.WriteNumber("budget_min_per_second", retry.BudgetMinPerSecond);
        json.WriteEndObject();
    }

    /// <summary>As durations are in JSON of protobuf messages: "1.5s".</summary>
    private static void WriteTime(Utf8JsonWriter json, string name, TimeSpan? value)
    {
        if (value is { } time)
        {
            json.WriteString(name, Seconds(time));
        }
    }

    private static void WriteIfGiven(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.#######", CultureInfo.InvariantCulture) + "s";

    private string Text()
    {
        var snapshot = view.Directory.Current;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"snapshot {snapshot.Version}, {view.SnapshotAge.TotalSeconds:0} s old\n");
        foreach (var cluster in Services(snapshot))
        {
            var policy = cluster.Policy;
            text.Append(CultureInfo.InvariantCulture, $"{cluster.Name}{(cluster.IsKnown ? "" : " (there is no such service)")}");
            text.Append(CultureInfo.InvariantCulture, $"  endpoints {cluster.Endpoints.Length} (version {cluster.EndpointsVersion})");
            text.Append(CultureInfo.InvariantCulture, $"  policy version {cluster.PolicyVersion}: {Words.Of(policy.Balancing.Kind)}");
            text.Append(CultureInfo.InvariantCulture, $", {policy.Retry.MaxAttempts} attempts");
            text.Append(CultureInfo.InvariantCulture, $", timeout {(policy.Timeouts.Request is { } request ? Seconds(request) : "none")}");
            text.Append(policy.Breaker.Enabled
                ? $", breaker opens after {policy.Breaker.ConsecutiveFailures} failures for {Seconds(policy.Breaker.Open)}\n"
                : ", no breaker\n");
            foreach (var endpoint in cluster.Endpoints)
            {
                text.Append(CultureInfo.InvariantCulture, $"  {endpoint.Id} {endpoint.Address} {endpoint.Description.Status}\n");
            }

            foreach (var route in policy.Routes)
            {
                var match = route.Match.Exact ?? (route.Match.Prefix is { } prefix ? prefix + "*" : "*");
                text.Append(CultureInfo.InvariantCulture, $"  route {route.Name}: {match} to {route.Service ?? cluster.Name}\n");
            }
        }

        return text.ToString();
    }
}
