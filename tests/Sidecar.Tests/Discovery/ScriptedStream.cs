using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.V1;

namespace Mesh.Sidecar.Tests.Discovery;

/// <summary>One discovery stream, seen from the control plane.</summary>
internal sealed class ScriptedStream(IAsyncStreamReader<DiscoveryRequest> requests, IServerStreamWriter<DiscoveryResponse> responses, string store)
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _nonce;

    public Task Ended => _end.Task;

    /// <summary>How far this control plane knows its store.</summary>
    public long Revision { get; set; } = 1;

    public TimeSpan? HoldingInterval { get; init; }

    /// <summary>What the sidecar says next.</summary>
    public async Task<DiscoveryRequest> NextAsync()
    {
        Assert.True(await requests.MoveNext(CancellationToken.None).WaitAsync(Wait.Limit));
        return requests.Current;
    }

    /// <summary>The same, however long that takes.</summary>
    public async Task<DiscoveryRequest> NextAsync(CancellationToken stop)
    {
        Assert.True(await requests.MoveNext(stop));
        return requests.Current;
    }

    /// <summary>The greeting and the first subscription, which most tests do not look at.</summary>
    public async Task<ScriptedStream> GreetedAsync()
    {
        Assert.NotNull((await NextAsync()).Hello);
        Assert.NotNull(await SubscriptionAsync());
        return this;
    }

    /// <summary>The next subscription; answers before it are left out.</summary>
    public async Task<Subscribe> SubscriptionAsync()
    {
        while (true)
        {
            if ((await NextAsync()).Subscribe is { } subscribe)
            {
                return subscribe;
            }
        }
    }

    /// <summary>Says who it is, as every control plane does first.</summary>
    public Task GreetAsync() => responses.WriteAsync(new DiscoveryResponse
    {
        Nonce = ++_nonce,
        StoreId = store,
        Revision = Revision,
        HoldingInterval = HoldingInterval?.ToDuration(),
    });

    /// <summary>Wants to know at once, and itemized, what the sidecar holds.</summary>
    public Task AskHoldingAsync() =>
        responses.WriteAsync(new DiscoveryResponse { Nonce = ++_nonce, StoreId = store, Revision = Revision, WantsHolding = true });

    /// <summary>Wants to be told of calls, once a second; of none if none is given.</summary>
    public Task ObserveAsync(params ObservedResource[] resources) => responses.WriteAsync(new DiscoveryResponse
    {
        Nonce = ++_nonce,
        StoreId = store,
        Revision = Revision,
        Observe = new Observe { Resources = { resources }, Interval = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)) },
    });

    /// <summary>Sends the endpoints of a service, by id and address.</summary>
    public Task SendAsync(string service, long version, params (string Id, string Address)[] endpoints) =>
        SendAsync(Endpoints(service, version, endpoints));

    public Task SendAsync(string service, long version, ServiceConfig config) =>
        SendAsync(new Resource { Kind = "policy", Name = service, Version = version, Body = config.ToByteString() });

    public Task SendAsync(params Resource[] resources) =>
        responses.WriteAsync(new DiscoveryResponse { Nonce = ++_nonce, StoreId = store, Revision = Revision, Resources = { resources } });

    public static Resource Endpoints(string service, long version, params (string Id, string Address)[] endpoints)
    {
        var body = new ServiceEndpoints();
        body.Endpoints.Add(endpoints.Select(e => new Endpoint { Id = e.Id, Address = e.Address, Status = ServiceStatus.Healthy }));
        return new Resource { Kind = "endpoints", Name = service, Version = version, Body = body.ToByteString(), Absent = endpoints.Length == 0 };
    }

    public static Resource Absent(string kind, string service, long version = 0) =>
        new() { Kind = kind, Name = service, Version = version, Absent = true };

    /// <summary>Why the sidecar has rejected a resource of the response sent last; empty if it has applied all.</summary>
    public async Task<string> ErrorAsync() => (await AckAsync()).Rejected.FirstOrDefault()?.Error ?? "";

    /// <summary>The answer to the response sent last.</summary>
    public async Task<Ack> AckAsync()
    {
        while (true)
        {
            if ((await NextAsync()).Ack is { } ack && ack.Nonce == _nonce)
            {
                return ack;
            }
        }
    }

    public void End() => _end.TrySetResult();
}
