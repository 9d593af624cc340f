using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Integration.V1;

namespace Mesh.Integration.Mesh;

/// <summary>Unary calls one after the other on several tasks until it is ended, and what became of them.</summary>
internal sealed class MeshLoad
{
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<string> _failures = [];
    private readonly ConcurrentDictionary<string, int> _served = new();
    private readonly Task _running;
    private int _calls;

    public MeshLoad(GrpcChannel channel, int concurrency = 4)
    {
        var client = new Echo.EchoClient(channel);
        _running = Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => Task.Run(() => CallAsync(client))));
    }

    public int Calls => Volatile.Read(ref _calls);

    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>How many calls an instance has answered.</summary>
    public int ServedBy(string instance) => _served.GetValueOrDefault(instance);

    /// <summary>Completes when so many more calls have ended.</summary>
    public Task MoreAsync(int calls)
    {
        var goal = Calls + calls;
        return Processes.Bound.UntilAsync(() => Calls >= goal, () => $"{calls} more calls");
    }

    /// <summary>No call fails after this.</summary>
    public async Task EndAsync()
    {
        await _end.CancelAsync();
        await _running;
    }

    private async Task CallAsync(Echo.EchoClient client)
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                var reply = await client.UnaryAsync(new EchoRequest(), deadline: DateTime.MaxValue, cancellationToken: Processes.Bound.Token);
                _served.AddOrUpdate(reply.Instance, 1, (_, count) => count + 1);
            }
            catch (RpcException failure)
            {
                _failures.Add(failure.Status.ToString());
            }

            Interlocked.Increment(ref _calls);
        }
    }
}
