using System.Net;

namespace Mesh.DemoServices.Server;

/// <summary>What one demo service is told at its start.</summary>
internal sealed record DemoOptions
{
    public required DemoService Service { get; init; }

    /// <summary>What it speaks is HTTP/1.1, and not gRPC.</summary>
    public bool IsWeb => Service == DemoService.Catalog;

    /// <summary>Where it listens: cleartext HTTP/2 with prior knowledge, or HTTP/1.1. Port 0 asks for a free one.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Shown in <c>served_by</c>.</summary>
    public required string Instance { get; init; }

    /// <summary>Where it reaches users; given for those that call them.</summary>
    public Uri? Users { get; init; }

    /// <summary>Where it reaches payments; given for those that call them.</summary>
    public Uri? Payments { get; init; }

    /// <summary>Where it reaches notifications; given for those that call them.</summary>
    public Uri? Notifications { get; init; }

    /// <summary>Where events and queues are found; null: there are none.</summary>
    public Uri? Messages { get; init; }
}
