namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>What the parts of the store on etcd have in common. Any thread.</summary>
internal sealed class EtcdSetup : IAsyncDisposable
{
    /// <exception cref="StoreException">A file of the options cannot be used.</exception>
    public EtcdSetup(EtcdOptions options, TimeProvider time, Random random, ILogger log)
    {
        Options = options;
        Time = time;
        Random = random;
        Log = log;
        Keys = new EtcdKeys(options.Prefix);
        Client = new EtcdClient(options, time);
        Values = new EtcdValues(Client, Keys);
        Pages = new EtcdPages(Client);
        Pulse = new EtcdPulse(TickAsync, options.LongestSilence, time, random, log);
    }

    public EtcdOptions Options { get; }

    public TimeProvider Time { get; }

    public Random Random { get; }

    public ILogger Log { get; }

    public EtcdKeys Keys { get; }

    public EtcdClient Client { get; }

    public EtcdValues Values { get; }

    public EtcdPages Pages { get; }

    public EtcdPulse Pulse { get; }

    /// <summary>How long a write may take, as things are.</summary>
    public TimeSpan LongestWrite => Pulse.Fault is null ? Options.LongestWrite : Options.LongestWriteUnreached;

    /// <inheritdoc cref="EtcdHistory.OpenAsync"/>
    public Task<EtcdHistory> HistoryAsync(string? replaces, CancellationToken cancellation) =>
        EtcdHistory.OpenAsync(Client, Keys, Time, replaces, cancellation);

    public async ValueTask DisposeAsync()
    {
        await Pulse.DisposeAsync();
        Client.Dispose();
    }

    private async Task TickAsync(CancellationToken cancellation)
    {
        var request = new Rpc.TxnRequest { Success = { EtcdRequests.Put(Keys.Tick, Google.Protobuf.ByteString.Empty) } };
        await Client.CallAsync((member, options) => member.Kv.TxnAsync(request, options), () => Options.LongestWriteUnreached, cancellation);
    }
}
