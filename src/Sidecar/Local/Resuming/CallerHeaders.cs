using Grpc.Core;

namespace Mesh.Sidecar.Local.Resuming;

/// <summary>What the control plane is told of a stream's caller.</summary>
/// <param name="Source">For whom the sidecar calls.</param>
/// <param name="Traceparent">Of the call; empty if it has none.</param>
internal sealed record CallerHeaders(string Source, string Traceparent)
{
    /// <summary>For whom a sidecar calls; what the app writes there is replaced.</summary>
    public const string SourceHeader = "x-mesh-source";

    public Metadata Write()
    {
        var headers = new Metadata { { SourceHeader, Source } };
        if (Traceparent.Length != 0)
        {
            headers.Add("traceparent", Traceparent);
        }

        return headers;
    }
}
