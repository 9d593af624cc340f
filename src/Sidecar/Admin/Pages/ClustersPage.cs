using System.Globalization;
using System.Text;
using Mesh.Policy.Breaking;
using Mesh.Resources;
using Mesh.Sidecar.Discovery.Services;
using Mesh.Sidecar.Readings;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Terms;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>/clusters: each destination and how its endpoints do.</summary>
internal sealed class ClustersPage(SidecarView view)
{
    public Answer Answer(bool text) => text ? Pages.Answer.Text(Text()) : Json();

    private Answer Json() => Pages.Answer.Json(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("clusters");
        foreach (var (direction, cluster) in view.Clusters())
        {
            json.WriteStartObject();
            json.WriteString("direction", direction.Word());
            json.WriteString("service", cluster.Name);
            json.WriteBoolean("known", cluster.IsKnown);
            json.WriteNumber("policy_version", cluster.PolicyVersion);
            json.WriteNumber("in_flight", cluster.Limit.Requests);
            json.WriteNumber("max_in_flight", cluster.Limit.MaxRequests);
            json.WriteNumber("waiting", cluster.Limit.Pending);
            json.WriteNumber("max_waiting", cluster.Limit.MaxPending);
            json.WriteNumber("attempts", cluster.Statistics.Attempts);
            json.WriteNumber("retries", cluster.Statistics.Retries);
            json.WriteNumber("retries_in_budget", Math.Floor(cluster.DefaultRoute.Budget.Available(view.Now)));
            json.WriteStartArray("endpoints");
            foreach (var endpoint in cluster.Endpoints)
            {
                WriteEndpoint(json, cluster, endpoint);
            }

            json.WriteEndArray();
            WriteSubsets(json, ChoicesOf(direction, cluster));
            WriteSharedLimits(json, SharedLimitsOf(direction, cluster));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>The subsets of it that routes lead to.</summary>
    private List<Cluster> ChoicesOf(Direction direction, Cluster cluster) => direction == Direction.Inbound ? [] :
        [.. view.Directory.Current.ChoicesOf(cluster).OrderBy(choice => choice.Subset.ToString(), StringComparer.Ordinal)];

    private static void WriteSubsets(System.Text.Json.Utf8JsonWriter json, List<Cluster> choices)
    {
        json.WriteStartArray("subsets");
        foreach (var choice in choices)
        {
            json.WriteStartObject();
            json.WriteString("subset", choice.Subset.ToString());
            json.WriteBoolean("panic", choice.Set.Panic);
            json.WriteStartArray("endpoints");
            foreach (var endpoint in choice.Endpoints)
            {
                json.WriteStringValue(endpoint.Id);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private List<SharedLimiter> SharedLimitsOf(Direction direction, Cluster cluster)
    {
        var kind = direction == Direction.Inbound ? ConfigKindName.Inbound : ConfigKindName.Policy;
        return [.. view.Directory.SharedLimits.Where(limit => limit.Kind == kind && limit.Service == cluster.Name)];
    }

    private void WriteSharedLimits(System.Text.Json.Utf8JsonWriter json, List<SharedLimiter> limits)
    {
        json.WriteStartArray("shared_limits");
        foreach (var limit in limits)
        {
            var share = limit.Limiter.Share!.At(view.Now);
            json.WriteStartObject();
            json.WriteString("route", limit.Route);
            json.WriteNumber("index", limit.Index);
            json.WriteNumber("part", Math.Round(share.Part, 4));
            json.WriteNumber("sharers", share.Sharers);
            json.WriteBoolean("granted", share.IsGranted(view.Now));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteEndpoint(System.Text.Json.Utf8JsonWriter json, Cluster cluster, Endpoint endpoint)
    {
        var state = endpoint.State;
        var breaker = state.Breaker.StateAt(view.Now);
        json.WriteStartObject();
        json.WriteString("id", endpoint.Id);
        json.WriteString("address", endpoint.Address);
        json.WriteString("target", endpoint.Target?.ToString());
        json.WriteStartArray("addresses");
        foreach (var address in endpoint.Addresses)
        {
            json.WriteStringValue(address.ToString());
        }

        json.WriteEndArray();
        json.WriteString("unresolved", endpoint.Addresses.Count > 0 ? null : endpoint.LookUpFailure ?? "no answer yet");
        json.WriteString("status", endpoint.State.Model.Status);
        json.WriteBoolean("healthy", state.Model.IsHealthy);
        json.WriteNumber("weight", state.Model.Weight);
        json.WriteString("version", endpoint.State.Model.Version);
        json.WriteString("locality", endpoint.State.Model.Locality);
        json.WriteString("breaker", Words.Of(breaker));
        json.WriteNumber("breaker_opened", state.Breaker.Opened);
        if (breaker == BreakerState.Open)
        {
            json.WriteNumber("breaker_open_seconds_left", Math.Max(0, TimeSpan.FromTicks(state.Breaker.OpenUntil - view.Now).TotalSeconds));
        }

        json.WriteNumber("picks", state.Load.Picks);
        json.WriteNumber("in_flight", state.Load.InFlight);
        json.WriteNumber("successes", state.Load.Successes);
        json.WriteNumber("failures", state.Load.Failures);
        json.WriteNumber("ewma_ms", Math.Round(EwmaMillis(cluster, endpoint), 3));
        json.WriteEndObject();
    }

    private double EwmaMillis(Cluster cluster, Endpoint endpoint) =>
        endpoint.State.Load.EwmaMicros(view.Now, cluster.Policy.Balancing.EwmaDecay.Ticks) / 1000;

    private string Text()
    {
        var text = new StringBuilder();
        foreach (var (direction, cluster) in view.Clusters())
        {
            text.Append(CultureInfo.InvariantCulture, $"{direction.Word()} {cluster.Name}");
            text.Append(CultureInfo.InvariantCulture, $"  policy version {cluster.PolicyVersion}");
            text.Append(CultureInfo.InvariantCulture, $"  in flight {cluster.Limit.Requests}/{cluster.Limit.MaxRequests}");
            text.Append(CultureInfo.InvariantCulture, $"  waiting {cluster.Limit.Pending}/{cluster.Limit.MaxPending}");
            text.Append(CultureInfo.InvariantCulture, $"  attempts {cluster.Statistics.Attempts}  retries {cluster.Statistics.Retries}\n");
            foreach (var endpoint in cluster.Endpoints)
            {
                var load = endpoint.State.Load;
                text.Append(CultureInfo.InvariantCulture, $"  {endpoint.Id} {endpoint.Address} {endpoint.State.Model.Status}");
                text.Append(CultureInfo.InvariantCulture, $"  breaker {Words.Of(endpoint.State.Breaker.StateAt(view.Now))}");
                text.Append(CultureInfo.InvariantCulture, $"  picks {load.Picks}  in flight {load.InFlight}  ok {load.Successes}  failed {load.Failures}");
                text.Append(CultureInfo.InvariantCulture, $"  ewma {EwmaMillis(cluster, endpoint):0.###} ms\n");
            }

            foreach (var limit in SharedLimitsOf(direction, cluster))
            {
                var share = limit.Limiter.Share!.At(view.Now);
                text.Append(CultureInfo.InvariantCulture, $"  of rate limit {limit.Index}{(limit.Route.Length == 0 ? "" : $" of route {limit.Route}")} {share.Part:0.####} is ours");
                text.Append(CultureInfo.InvariantCulture, $"  shared by {share.Sharers}  {(share.IsGranted(view.Now) ? "granted" : "not granted: one part of so many")}\n");
            }

            foreach (var choice in ChoicesOf(direction, cluster))
            {
                text.Append(CultureInfo.InvariantCulture, $"  those with {choice.Subset}: {string.Join(' ', choice.Endpoints.Select(e => e.Id))}\n");
            }
        }

        return text.Length == 0 ? "nothing is known of any service\n" : text.ToString();
    }
}
