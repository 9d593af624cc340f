using System.Globalization;
using System.Text;
using Mesh.ControlPlane.Broker;
using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Registry;
using Mesh.ControlPlane.Replicas;
using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Streams;
using Mesh.ControlPlane.Xds.Serving;
using Mesh.Hosting;
using Mesh.Messaging.Delivering;

namespace Mesh.ControlPlane.Admin;

/// <summary>The page /metrics, in the Prometheus text format 0.0.4.</summary>
internal sealed class MetricsText(
    ServiceRegistry registry,
    ConfigResources configs,
    NodeStreams streams,
    XdsStreams clients,
    Journal journal,
    Replica replica,
    MessageBroker broker,
    StreamPlaces consumers,
    Counters counters)
{
    // A bad policy is rejected by every sidecar; some tell the story.
    private const int MaxRejectedShown = 100;

    public string Write()
    {
        var text = new StringBuilder();
        var state = registry.State;

        Head(text, "mesh_registry_instances", "gauge", "Registered instances by service and status.");
        foreach (var service in state.Services.Values)
        {
            foreach (var (status, count) in service.Instances.Values.CountBy(instance => instance.Instance.Status).OrderBy(count => count.Key))
            {
                Line(text, "mesh_registry_instances", count, ("service", service.Name), ("status", status.ToString().ToUpperInvariant()));
            }
        }

        Single(text, "mesh_registry_leases_held", "gauge", "Instances whose sidecars are connected to this control plane.", registry.HeldCount);
        Single(text, "mesh_registry_services", "gauge", "Services known, with or without instances.", state.Services.Count);
        Single(text, "mesh_registry_revision", "gauge", "The registry's revision.", state.Revision);
        Single(text, "mesh_store_revision", "gauge", "The store's revision that the registry and the configuration are at.", journal.Identity.Revision);
        Single(text, "mesh_store_writable", "gauge", "1, or 0 while the store takes no writes.", journal.Fault is null ? 1 : 0);
        Single(text, "mesh_store_frozen", "gauge", "1 while the store that is shared is out of reach: nothing is registered or removed.", replica.Frozen is null ? 0 : 1);
        Single(text, "mesh_control_plane_leads", "gauge", "1 if this control plane does what only one of all does.", replica.Leads ? 1 : 0);
        Single(text, "mesh_registry_watchers", "gauge", "Open watches.", registry.WatcherCount);
        Single(text, "mesh_registry_leases_expired_total", "counter", "Instances removed because nothing was heard of them.", counters.LeasesExpired);
        Single(text, "mesh_registry_registrations_refused_total", "counter", "Registrations that were not valid.", counters.RegistrationsRefused);
        Single(text, "mesh_grpc_unreadable_messages_total", "counter", "Requests that were no message of the method called.", counters.MessagesUnreadable);
        Single(text, "mesh_connections_closed_idle_total", "counter", "Connections closed because nothing was ever said on them, or to make room for others.", counters.ConnectionsClosedIdle);
        Single(text, "mesh_registry_watches_restarted_total", "counter", "Snapshots sent to watchers that fell behind.", counters.WatchesRestarted);
        Single(text, "mesh_config_resources", "gauge", "Configuration resources.", configs.Count);
        Single(text, "mesh_discovery_streams", "gauge", "Connected sidecars.", streams.Count);
        Single(text, "mesh_xds_streams", "gauge", "Connected clients without a sidecar.", clients.Count);
        Single(text, "mesh_discovery_pushes_total", "counter", "Resources sent to sidecars.", counters.Pushes);
        Single(text, "mesh_discovery_acks_total", "counter", "Resources sidecars have applied.", counters.Acks);
        Single(text, "mesh_discovery_repairs_total", "counter", "Resources sent again because a sidecar said that it holds something else.", counters.Repairs);
        Single(text, "mesh_discovery_rejects_total", "counter", "Resources sidecars have rejected.", counters.Rejects);

        WriteMessages(text);
        Head(text, "dotnet_gc_pause_time_seconds_total", "counter", "How long the garbage collector has stopped the process.");
        text.Append(CultureInfo.InvariantCulture, $"dotnet_gc_pause_time_seconds_total {GC.GetTotalPauseDuration().TotalSeconds:0.000000}\n");

        Head(text, "mesh_output_dropped_lines_total", "counter", "Lines that stdout (announcements) or stderr (log) did not take.");
        Line(text, "mesh_output_dropped_lines_total", Stdio.Out.Dropped, ("stream", "stdout"));
        Line(text, "mesh_output_dropped_lines_total", Stdio.Error.Dropped, ("stream", "stderr"));

        Head(text, "mesh_discovery_rejected", "gauge", "Resources that a sidecar rejects at present, with its reason (at most 100).");
        foreach (var rejected in streams.Rejected().Take(MaxRejectedShown))
        {
            Line(text, "mesh_discovery_rejected", 1,
                ("sidecar", rejected.Sidecar),
                ("resource", rejected.Key.Kind.Name),
                ("service", rejected.Key.Name),
                ("error", rejected.Error));
        }

        return text.ToString();
    }

    // How each queue stands is asked of the API: there may be thousands.
    private void WriteMessages(StringBuilder text)
    {
        Single(text, "mesh_messages_consumers", "gauge", "Streams of subscribers and consumers.", consumers.Count);
        if (broker.Opened is not { } engine)
        {
            return;
        }

        Single(text, "mesh_messages_writable", "gauge", "1, or 0 while events and messages cannot be stored.", engine.Fault is null ? 1 : 0);
        Single(text, "mesh_messages_damaged", "gauge", "What was found damaged since the start, up to 100.", engine.Damages.Count);
        Single(text, "mesh_events_last_sequence", "counter", "The number of the newest event.", engine.LastSequence);
        Single(text, "mesh_events_groups", "gauge", "Groups of subscribers.", engine.List(BacklogKind.Group).Count);
        Single(text, "mesh_queues", "gauge", "Queues.", engine.List(BacklogKind.Queue).Count);
    }

    private static void Single(StringBuilder text, string name, string type, string help, long value)
    {
        Head(text, name, type, help);
        Line(text, name, value);
    }

    private static void Head(StringBuilder text, string name, string type, string help) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private static void Line(StringBuilder text, string name, long value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        text.Append(name);
        for (var i = 0; i < labels.Length; i++)
        {
            text.Append(i == 0 ? '{' : ',').Append(labels[i].Name).Append("=\"").Append(Escape(labels[i].Value)).Append('"');
        }

        if (labels.Length != 0)
        {
            text.Append('}');
        }

        text.Append(CultureInfo.InvariantCulture, $" {value}\n");
    }

    private static string Escape(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);
}
