using Grpc.Core;
using Mesh.ControlPlane.Api;

namespace Mesh.ControlPlane.Broker;

/// <summary>Both directions of a consumer's stream at once, and one writer at a time.</summary>
internal static class Dialogue
{
    /// <summary>Runs until either half fails, or the one that sends is done.</summary>
    /// <param name="read">Reads what the consumer says until it says no more.</param>
    /// <param name="send">Sends until it is cancelled.</param>
    /// <param name="endsWithReader">A consumer that says no more is gone.</param>
    /// <param name="cancellation">Ends both.</param>
    /// <returns>Whether the consumer has ended it.</returns>
    public static async Task<bool> RunAsync(
        Func<CancellationToken, Task> read, Func<CancellationToken, Task> send, bool endsWithReader, CancellationToken cancellation)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reading = read(both.Token);
        var sending = send(both.Token);
        try
        {
            var first = await Task.WhenAny(reading, sending);
            await first;
            if (first == reading && !endsWithReader)
            {
                await sending;
            }

            return reading.IsCompletedSuccessfully;
        }
        finally
        {
            await both.CancelAsync();
            // The call's reader and writer must not be in use when it returns.
            await Task.WhenAll(reading, sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A writer for several tasks.</summary>
    public sealed class Writer<T>(IServerStreamWriter<T> to) : IDisposable
    {
        private readonly SemaphoreSlim _free = new(1);

        public async Task WriteAsync(T message, CancellationToken cancellation)
        {
            await _free.WaitAsync(cancellation);
            try
            {
                await to.WriteAsync(message, cancellation);
            }
            finally
            {
                _free.Release();
            }
        }

        public void Dispose() => _free.Dispose();
    }

    /// <summary>The first message of a stream.</summary>
    /// <exception cref="RpcException">There is none.</exception>
    public static async Task<T> FirstAsync<T>(IAsyncStreamReader<T> from, CancellationToken cancellation) =>
        await from.MoveNext(cancellation) ? from.Current : throw Faults.Invalid("begin: must be the first message, and the stream has none");
}
