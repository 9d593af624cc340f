namespace Mesh.Bench.Messaging.Contestants;

/// <summary>Something that keeps messages, started anew for each round.</summary>
internal interface IContestant : IAsyncDisposable
{
    /// <summary>Returns when the message is as safe as this one makes it.</summary>
    /// <param name="publisher">Who publishes, from 0; one message at a time each.</param>
    /// <param name="data">The content.</param>
    Task PublishAsync(int publisher, ReadOnlyMemory<byte> data);
}
