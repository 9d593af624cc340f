namespace Mesh.Policy.Balancing;

/// <summary>The one with fewer calls in flight of two.</summary>
internal sealed class LeastRequestBalancer(BalancingOptions options) : TwoChoiceBalancer(options)
{
    private protected override double Cost(EndpointState endpoint, long now) => endpoint.Load.InFlight;
}
