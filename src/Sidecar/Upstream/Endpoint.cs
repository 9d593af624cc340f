using System.Net;
using Mesh.Policy.Balancing;

namespace Mesh.Sidecar.Upstream;

/// <summary>
/// One instance of a service as a destination: made when its identity (service, id and address) first appears, kept by
/// every snapshot that has it. Loops share its state and have connections of their own.
/// </summary>
internal sealed class Endpoint(string service, string id, string address, EndpointState state)
{
    private volatile IPEndPoint? _target;
    private volatile EndpointDescription _description = EndpointDescription.None;

    public string Service { get; } = service;

    /// <summary>The instance's id.</summary>
    public string Id { get; } = id;

    /// <summary>HOST:PORT.</summary>
    public string Address { get; } = address;

    /// <summary>Load, latency and breaker.</summary>
    public EndpointState State { get; } = state;

    /// <summary>Where to connect; null while a host name is not, or cannot be, resolved.</summary>
    public IPEndPoint? Target
    {
        get => _target;
        set => _target = value;
    }

    /// <summary>What the snapshot says of it besides.</summary>
    public EndpointDescription Description
    {
        get => _description;
        set => _description = value;
    }

    /// <summary>The connections of each loop, by the loop's number; each is made and used by its loop only.</summary>
    public EndpointConnections?[] Connections { get; } = new EndpointConnections?[Workers.Worker.MostWorkers];
}

/// <summary>What is said of an endpoint for people and for matching.</summary>
internal sealed record EndpointDescription(string Version, string Locality, string Status, IReadOnlyDictionary<string, string> Metadata)
{
    public static readonly EndpointDescription None = new("", "", "HEALTHY", new Dictionary<string, string>());
}
