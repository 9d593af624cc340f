using Grpc.Core;
using Mesh.ControlPlane.Api;

namespace Mesh.ControlPlane.Broker;

/// <summary>How many subscribers and consumers there may be at once: each may hold a page of messages. Any thread.</summary>
internal sealed class StreamPlaces
{
    /// <summary>Subscribers and consumers together, those by HTTP among them.</summary>
    public const int Most = 2_000;

    private int _taken;

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref _taken);

    /// <summary>To be given back by <see cref="Leave"/>.</summary>
    /// <exception cref="RpcException">There is none.</exception>
    public void Enter()
    {
        if (Interlocked.Increment(ref _taken) > Most)
        {
            Leave();
            throw Faults.Exhausted($"{Most} subscribers and consumers are here, and no more may be: end those that are not needed");
        }
    }

    public void Leave() => Interlocked.Decrement(ref _taken);
}
