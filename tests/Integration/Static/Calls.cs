using Google.Protobuf;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>What many tests do with calls.</summary>
internal static class Calls
{
    public static EchoRequest Request(Behaviour behaviour, int bytes = 0) =>
        new() { Behaviour = behaviour, Payload = ByteString.CopyFrom(Bytes(bytes)) };

    /// <summary>Bytes that are not all alike, the same each time.</summary>
    public static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    public static async Task<EchoReply> UnaryAsync(this Echo.EchoClient client, Behaviour behaviour, int bytes = 0) =>
        await client.UnaryAsync(Request(behaviour, bytes), cancellationToken: Bound.Token);

    /// <summary>The status of a call that must fail.</summary>
    public static async Task<Status> FailureAsync(this Echo.EchoClient client, Behaviour behaviour, int bytes = 0) =>
        await FailureAsync(() => client.UnaryAsync(behaviour, bytes));

    /// <inheritdoc cref="FailureAsync(Echo.EchoClient, Behaviour, int)"/>
    public static async Task<Status> FailureAsync(Func<Task> call) => (await Assert.ThrowsAsync<RpcException>(call)).Status;

    /// <summary>Every reply to the end.</summary>
    public static async Task<List<EchoReply>> ToListAsync(this IAsyncStreamReader<EchoReply> replies)
    {
        List<EchoReply> all = [];
        await foreach (var reply in replies.ReadAllAsync(Bound.Token))
        {
            all.Add(reply);
        }

        return all;
    }
}
