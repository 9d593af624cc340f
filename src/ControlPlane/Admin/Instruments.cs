using System.Diagnostics.Metrics;
using Mesh.ControlPlane.Registry;
using Mesh.ControlPlane.Replicas;
using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Streams;

namespace Mesh.ControlPlane.Admin;

/// <summary>The same numbers as <see cref="MetricsText"/> for OTLP: instruments that are read when they are exported.</summary>
internal sealed class Instruments : IDisposable
{
    public const string MeterName = "Mesh.ControlPlane";

    private readonly Meter _meter = new(MeterName);

    public Instruments(ServiceRegistry registry, NodeStreams streams, Journal journal, Replica replica, Counters counters)
    {
        _meter.CreateObservableGauge("mesh.registry.instances", () => registry.State.InstanceCount, "{instance}");
        _meter.CreateObservableGauge("mesh.registry.services", () => registry.State.Services.Count, "{service}");
        _meter.CreateObservableGauge("mesh.store.writable", () => journal.Fault is null ? 1 : 0, "1");
        _meter.CreateObservableGauge("mesh.store.frozen", () => replica.Frozen is null ? 0 : 1, "1");
        _meter.CreateObservableGauge("mesh.control_plane.leads", () => replica.Leads ? 1 : 0, "1");
        _meter.CreateObservableGauge("mesh.registry.watchers", () => registry.WatcherCount, "{stream}");
        _meter.CreateObservableGauge("mesh.discovery.streams", () => streams.Count, "{stream}");
        _meter.CreateObservableCounter("mesh.registry.leases.expired", () => counters.LeasesExpired, "{lease}");
        _meter.CreateObservableCounter("mesh.registry.registrations.refused", () => counters.RegistrationsRefused, "{registration}");
        _meter.CreateObservableCounter("mesh.grpc.unreadable_messages", () => counters.MessagesUnreadable, "{message}");
        _meter.CreateObservableCounter("mesh.connections.closed_idle", () => counters.ConnectionsClosedIdle, "{connection}");
        _meter.CreateObservableCounter("mesh.registry.watches.restarted", () => counters.WatchesRestarted, "{snapshot}");
        _meter.CreateObservableCounter("mesh.discovery.pushes", () => counters.Pushes, "{resource}");
        _meter.CreateObservableCounter("mesh.discovery.acks", () => counters.Acks, "{resource}");
        _meter.CreateObservableCounter("mesh.discovery.repairs", () => counters.Repairs, "{resource}");
        _meter.CreateObservableCounter("mesh.discovery.rejects", () => counters.Rejects, "{resource}");
    }

    public void Dispose() => _meter.Dispose();
}
