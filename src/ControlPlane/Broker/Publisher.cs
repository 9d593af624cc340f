using Grpc.Core;
using Mesh.Hosting;

namespace Mesh.ControlPlane.Broker;

/// <summary>Who publishes or consumes, and in which trace.</summary>
/// <param name="Source">The calling service, as its sidecar says.</param>
/// <param name="Traceparent">Of the call; empty if it has none.</param>
internal sealed record Publisher(string Source, string Traceparent)
{
    /// <summary>Set by every sidecar on what it passes on, in place of what its app may have written there.</summary>
    public const string SourceHeader = "x-mesh-source";

    /// <summary>Who calls the control plane itself. No service can be called so.</summary>
    public const string Operator = "mesh/operator";

    private const string TraceHeader = "traceparent";

    private const int MaxLength = 128;

    public static Publisher Of(ServerCallContext context) =>
        Of(context.RequestHeaders.GetValue(SourceHeader), context.RequestHeaders.GetValue(TraceHeader));

    /// <param name="request">By HTTP.</param>
    /// <param name="isBelieved">Whether it came where sidecars call: nobody else says for whom they speak.</param>
    public static Publisher Of(HttpRequest request, bool isBelieved) =>
        Of(isBelieved ? request.Headers[SourceHeader].ToString() : "", request.Headers[TraceHeader].ToString());

    private static Publisher Of(string? source, string? trace) =>
        new(string.IsNullOrEmpty(source) ? Operator : PrintableText.Of(source, MaxLength), PrintableText.Of(trace ?? "", MaxLength));
}
