namespace Mesh.Bench.Load.Proxies;

/// <summary>No proxy: what load and backend do by themselves, and the latency that others add to.</summary>
internal sealed class Direct : Proxy
{
    public override string Name => ProxyCatalog.Direct;

    public override string? Missing => null;

    public override Task<string> VersionAsync() => Task.FromResult("no proxy, the backend itself");

    protected override Task<RunningProxy> StartOneAsync(ProxySetting setting) => Task.FromResult(new RunningProxy(this, setting.Backend, null));
}
