using System.Globalization;
using BenchmarkDotNet.Attributes;
using Mesh.Policy;
using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;

namespace Mesh.Bench.Micro.Policies;

/// <summary>One pick and what is reported back of the call, by balancer and number of endpoints.</summary>
[MemoryDiagnoser]
public class PickBenchmarks
{
    private const long Latency = 2 * TimeSpan.TicksPerMillisecond;

    private EndpointSet _set = EndpointSet.Empty;
    private Balancer _balancer = null!;
    private Rng _rng = new(1);
    private long _now;

    [ParamsAllValues]
    public BalancerKind Kind { get; set; }

    [Params(10, 10_000)]
    public int Endpoints { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var share = new EjectionShare(Endpoints, BreakerOptions.Default.MaxEjectionPercent);
        _set = new EndpointSet(
            [.. Enumerable.Range(0, Endpoints).Select(i =>
                new EndpointState(i.ToString(CultureInfo.InvariantCulture), new CircuitBreaker(BreakerOptions.Default, share)))],
            BalancingOptions.Default.PanicThresholdPercent,
            share);
        _balancer = Balancer.Create(new BalancingOptions { Kind = Kind });
    }

    [Benchmark]
    public int PickAndReport()
    {
        _now += 10 * TimeSpan.TicksPerMicrosecond;
        _balancer.Pick(_set, new PickContext(_now), ref _rng, out var pick);
        var load = _set.Endpoints[pick.Index].Load;
        load.Started();
        load.Finished(_now + Latency, Latency, success: true, _balancer.Options.EwmaDecay.Ticks);
        return pick.Index;
    }
}
