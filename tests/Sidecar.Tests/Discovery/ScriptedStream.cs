using Grpc.Core;
using Mesh.V1;

namespace Mesh.Sidecar.Tests.Discovery;

/// <summary>One discovery stream, seen from the control plane.</summary>
internal sealed class ScriptedStream(IAsyncStreamReader<DiscoveryRequest> requests, IServerStreamWriter<DiscoveryResponse> responses)
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _nonce;

    public Task Ended => _end.Task;

    /// <summary>What the sidecar says next.</summary>
    public async Task<DiscoveryRequest> NextAsync()
    {
        Assert.True(await requests.MoveNext(CancellationToken.None).WaitAsync(Wait.Limit));
        return requests.Current;
    }

    /// <summary>The greeting and the first subscription, which most tests do not look at.</summary>
    public async Task<ScriptedStream> GreetedAsync()
    {
        Assert.NotNull((await NextAsync()).Hello);
        Assert.NotNull((await NextAsync()).Subscribe);
        return this;
    }

    /// <summary>Sends the endpoints of a service, by id and address.</summary>
    public Task SendAsync(string service, long version, params (string Id, string Address)[] endpoints)
    {
        var message = new ServiceEndpoints { Service = service, Version = version, Unknown = endpoints.Length == 0 };
        message.Endpoints.Add(endpoints.Select(e => new Endpoint { Id = e.Id, Address = e.Address, Status = ServiceStatus.Healthy }));
        return responses.WriteAsync(new DiscoveryResponse { Nonce = ++_nonce, Endpoints = message });
    }

    public Task SendAsync(string service, long version, ServiceConfig config) => responses.WriteAsync(new DiscoveryResponse
    {
        Nonce = ++_nonce,
        Policy = new ServicePolicy { Service = service, Version = version, Config = config },
    });

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
