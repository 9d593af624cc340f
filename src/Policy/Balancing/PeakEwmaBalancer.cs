namespace Mesh.Policy.Balancing;

/// <summary>The one with the lower product of latency and load of two (see <see cref="EndpointLoad"/>).</summary>
internal sealed class PeakEwmaBalancer(BalancingOptions options) : TwoChoiceBalancer(options)
{
    private readonly long _decayTicks = options.EwmaDecay.Ticks;

    private protected override double Cost(EndpointState endpoint, long now) => endpoint.Load.Cost(now, _decayTicks);
}
