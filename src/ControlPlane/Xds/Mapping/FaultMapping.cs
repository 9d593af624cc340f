using Google.Protobuf.WellKnownTypes;
using Mesh.Policy.Faults;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Routing;
using RouteOptions = Mesh.Policy.Routing.RouteOptions;

namespace Mesh.ControlPlane.Xds.Mapping;

/// <summary>
/// What a client answers itself: faults made on purpose, and the answers of a route's own, which are an abort of every call, since some clients die of the words
/// that xDS has for them.
/// </summary>
internal static class FaultMapping
{
    private const int Million = 1_000_000;
    private const int Whole = 100;

    /// <summary>Null if nothing is.</summary>
    public static Envoy.HTTPFault? Of(RouteOptions route, FaultOptions service)
    {
        var fault = route.Fault ?? service;
        var made = new Envoy.HTTPFault();
        if (fault is { Delay.Ticks: > 0, DelayPercent: > 0 })
        {
            made.Delay = new() { FixedDelay = fault.Delay.ToDuration(), Percentage = Percent(fault.DelayPercent) };
        }

        if (OwnAnswer(route) is { } code)
        {
            made.Abort = new() { GrpcStatus = (uint)code, Percentage = Percent(Whole) };
        }
        else if (fault is { Abort: { } abort, AbortPercent: > 0 })
        {
            made.Abort = new() { GrpcStatus = (uint)abort.Grpc, Percentage = Percent(fault.AbortPercent) };
        }

        return made.Delay is null && made.Abort is null ? null : made;
    }

    // gRPC follows no redirects.
    private static int? OwnAnswer(RouteOptions route) =>
        route.Redirect is not null ? GrpcStatus.FailedPrecondition : route.DirectResponse?.Status.Grpc;

    private static Envoy.FractionalPercent Percent(double percent) => new()
    {
        Numerator = (uint)Math.Clamp(Math.Round(percent * (Million / Whole)), 0, Million),
        Denominator = Envoy.FractionalPercent.Types.DenominatorType.Million,
    };
}
