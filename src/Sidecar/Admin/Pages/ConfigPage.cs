using System.Globalization;
using System.Text;
using System.Text.Json;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Discovery.Cache;
using Mesh.Sidecar.Readings;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>/config: what the sidecar goes by. One snapshot for the whole page.</summary>
internal sealed class ConfigPage(SidecarView view)
{
    public Answer Answer(bool text) => text ? Pages.Answer.Text(Text()) : Json();

    private Answer Json() => Pages.Answer.Json(json =>
    {
        var options = view.Options;
        var snapshot = view.Directory.Current;
        json.WriteStartObject();
        json.WriteStartObject("sidecar");
        json.WriteString("service", options.Service);
        json.WriteString("app", options.App);
        json.WriteString("instance_id", options.InstanceId);
        json.WriteString("version", options.Version);
        json.WriteString("locality", options.Locality);
        json.WriteString("static_file", options.StaticFile);
        json.WriteStartArray("control_planes");
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
        json.WriteEndObject();
        if (view.ControlPlane is { } controlPlane)
        {
            WriteControlPlane(json, controlPlane);
        }

        json.WriteStartArray("services");
        foreach (var cluster in Services(snapshot))
        {
            WriteService(json, cluster);
        }

        json.WriteEndArray();
        if (snapshot.Inbound is { } inbound)
        {
            json.WriteStartObject("inbound");
            json.WriteString("service", inbound.Name);
            json.WriteNumber("version", inbound.PolicyVersion);
            json.WritePropertyName("config");
            PolicyJson.WriteInbound(json, inbound.Policy);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    });

    private static void WriteControlPlane(Utf8JsonWriter json, ControlPlaneClient client)
    {
        var state = client.State;
        json.WriteStartObject("control_plane");
        json.WriteBoolean("connected", state.IsConnected);
        json.WriteString("since", state.Since);
        json.WriteString("url", state.Url.ToString());
        json.WriteString("last_error", state.LastError);
        json.WriteStartArray("rejected");
        foreach (var rejection in client.Rejected)
        {
            json.WriteStartObject();
            json.WriteString("service", rejection.Service);
            json.WriteString("kind", rejection.Kind);
            json.WriteNumber("version", rejection.Version);
            json.WriteString("error", rejection.Error);
            json.WriteString("since", rejection.Since);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("kept");
        foreach (var kept in client.Kept)
        {
            json.WriteStartObject();
            json.WriteString("service", kept.Service);
            json.WriteString("kind", kept.Kind);
            json.WriteNumber("version", kept.Version);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("refused");
        foreach (var (url, store) in client.Refused)
        {
            json.WriteStartObject();
            json.WriteString("url", url.ToString());
            json.WriteString("store", store);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (client.Cache is { } cache)
        {
            WriteCache(json, cache);
        }

        json.WriteEndObject();
    }

    private static void WriteCache(Utf8JsonWriter json, SnapshotCache cache)
    {
        var state = cache.State;
        json.WriteStartObject("cache");
        json.WriteBoolean("in_use", state.InUseSince is not null);
        if (cache.Age is { } age)
        {
            json.WriteNumber("age_seconds", Math.Round(age.TotalSeconds));
        }

        if (state.Written is { } written)
        {
            json.WriteString("written", written);
        }

        json.WriteString("last_error", state.LastError);
        json.WriteEndObject();
    }

    private static IEnumerable<Cluster> Services(MeshSnapshot snapshot) =>
        snapshot.Clusters.OrderBy(c => c.Name, StringComparer.Ordinal);

    private static void WriteService(Utf8JsonWriter json, Cluster cluster)
    {
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
            json.WriteString("status", endpoint.State.Model.Status);
            json.WriteNumber("weight", endpoint.State.Model.Weight);
            json.WriteString("version", endpoint.State.Model.Version);
            json.WriteString("locality", endpoint.State.Model.Locality);
            json.WriteStartObject("metadata");
            foreach (var (key, value) in endpoint.State.Model.Metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WritePropertyName("config");
        PolicyJson.Write(json, cluster.Policy);
        json.WriteEndObject();
    }

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
            text.Append(CultureInfo.InvariantCulture, $", timeout {(policy.Timeouts.Request is { } request ? PolicyJson.Seconds(request) : "none")}");
            text.Append(policy.Breaker.Enabled
                ? $", breaker opens after {policy.Breaker.ConsecutiveFailures} failures for {PolicyJson.Seconds(policy.Breaker.Open)}\n"
                : ", no breaker\n");
            foreach (var endpoint in cluster.Endpoints)
            {
                text.Append(CultureInfo.InvariantCulture, $"  {endpoint.Id} {endpoint.Address} {endpoint.State.Model.Status}\n");
            }

            foreach (var route in policy.Routes)
            {
                text.Append(CultureInfo.InvariantCulture, $"  route {route.Name}: {MatchJson.Text(route.Match)} {BackendJson.Text(route, cluster.Name)}\n");
            }
        }

        if (snapshot.Inbound is { Policy: var calls } inbound)
        {
            text.Append(CultureInfo.InvariantCulture, $"inbound {inbound.Name}  to {inbound.Endpoints[0].Address}  version {inbound.PolicyVersion}");
            text.Append(CultureInfo.InvariantCulture, $": max_concurrent_requests {calls.Limits.MaxConcurrentRequests}");
            text.Append(CultureInfo.InvariantCulture, $", timeout {(calls.Timeouts.Request is { } limit ? PolicyJson.Seconds(limit) : "none")}\n");
        }

        return text.ToString();
    }
}
