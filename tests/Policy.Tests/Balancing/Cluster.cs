using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;

namespace Mesh.Policy.Tests.Balancing;

/// <summary>Endpoints for tests, and picks among them.</summary>
internal sealed class Cluster
{
    public Cluster(int count, BalancerKind kind, int panicPercent = 50, Action<EndpointState[]>? prepare = null, int maxEjection = 100)
    {
        Share = new EjectionShare(count, maxEjection);
        Endpoints = [.. Enumerable.Range(0, count).Select(i => new EndpointState($"e{i}", new CircuitBreaker(new BreakerOptions { Jitter = 0 }, Share)))];
        prepare?.Invoke(Endpoints);
        Balancer = Balancer.Create(new BalancingOptions { Kind = kind, PanicThresholdPercent = panicPercent });
        Set = new EndpointSet(Endpoints, panicPercent, Share);
    }

    public EjectionShare Share { get; }

    public EndpointState[] Endpoints { get; }

    public Balancer Balancer { get; }

    public EndpointSet Set { get; }

    public Rng Rng = new(42);

    public int LastProbe { get; private set; }

    public PickResult Pick(out int index, long now = 0, int[]? tried = null, bool allowTried = false)
    {
        var states = Array.ConvertAll(tried ?? [], i => Endpoints[i]);
        var result = Balancer.Pick(Set, new PickContext(now) { Tried = states, MayRepeat = allowTried }, ref Rng, out var pick);
        index = result == PickResult.Picked ? pick.Index : -1;
        LastProbe = pick.Probe;
        return result;
    }

    public int[] Shares(int picks, long now = 0)
    {
        var shares = new int[Endpoints.Length];
        for (var i = 0; i < picks; i++)
        {
            Assert.Equal(PickResult.Picked, Pick(out var index, now));
            shares[index]++;
        }

        return shares;
    }

    public void Break(params int[] indexes)
    {
        foreach (var index in indexes)
        {
            for (var i = 0; i < 5; i++)
            {
                Endpoints[index].Breaker.OnFailure(0, 0, ref Rng);
            }
        }
    }
}
