using Grpc.Core;
using Grpc.Net.Client;
using Mesh.V1;

namespace Mesh.ControlPlane.Replicas;

/// <summary>Asks the control planes that share our store what only they know. Any thread.</summary>
internal sealed class OtherControlPlanes(Replica replica, TimeProvider time)
{
    // They are near, and whoever asks us waits.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private const int LongestWhy = 1024;

    /// <summary>Asks all at once.</summary>
    /// <param name="ask">One call of one of them.</param>
    /// <param name="nameOf">Who has answered: an address may lead elsewhere, back to us for one.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What was answered, and who could not be asked.</returns>
    public async Task<(List<T> Answers, List<SilentControlPlane> Silent)> AskAsync<T>(
        Func<GrpcChannel, CallOptions, AsyncUnaryCall<T>> ask, Func<T, string> nameOf, CancellationToken cancellation)
        where T : class
    {
        var asked = replica.All().Where(other => !other.IsSelf).Select(other => AskAsync(other, ask, nameOf, cancellation)).ToList();
        var answers = new List<T>();
        var silent = new List<SilentControlPlane>();
        foreach (var (answer, fault) in await Task.WhenAll(asked))
        {
            if (fault is null)
            {
                answers.Add(answer!);
            }
            else
            {
                silent.Add(fault);
            }
        }

        return (answers, silent);
    }

    private async Task<(T? Answer, SilentControlPlane? Fault)> AskAsync<T>(
        KnownReplica other, Func<GrpcChannel, CallOptions, AsyncUnaryCall<T>> ask, Func<T, string> nameOf, CancellationToken cancellation)
        where T : class
    {
        var address = other.Address;
        if (!Uri.TryCreate($"http://{address}", UriKind.Absolute, out var url))
        {
            return (null, Silent(other, "it does not say where it is reached (--advertise)"));
        }

        // Not by way of a proxy that the environment names: that is meant for other traffic.
        using var handler = new SocketsHttpHandler { UseProxy = false };
        using var channel = GrpcChannel.ForAddress(url, new GrpcChannelOptions { HttpHandler = handler });
        try
        {
            using var call = ask(channel, new CallOptions(deadline: time.GetUtcNow().UtcDateTime + Longest, cancellationToken: cancellation));
            var answer = await call.ResponseAsync;
            return nameOf(answer) == other.Name
                ? (answer, null)
                : (null, Silent(other, "another control plane answers at this address (--advertise says where one is reached)"));
        }
        catch (RpcException fault) when (!cancellation.IsCancellationRequested)
        {
            return (null, Silent(other, PrintableText.Of($"{fault.StatusCode}: {fault.Status.Detail}", LongestWhy)));
        }
    }

    private static SilentControlPlane Silent(KnownReplica other, string why) => new() { Address = other.Address.Length == 0 ? other.Name : other.Address, Why = why };
}
