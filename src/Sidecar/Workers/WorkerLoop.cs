using Mesh.Policy;
using EventLoop = Mesh.Wire.Transport.EventLoop;

namespace Mesh.Sidecar.Workers;

/// <summary>
/// One event loop that carries calls, its number among them, and its chance. What else there is per loop (connections, a snapshot, calls)
/// is held by the rooms that it belongs to. Only the loop's thread touches it, apart from what is marked.
/// </summary>
/// <param name="index">Its number, from 0.</param>
/// <param name="loop">Which it is.</param>
/// <param name="seed">Of its randomness.</param>
internal sealed class WorkerLoop(int index, EventLoop loop, ulong seed)
{
    /// <summary>There are no more.</summary>
    public const int Most = 64;

    /// <summary>Decides everything that is left to chance on this loop.</summary>
    public Rng Random = new(seed);

    /// <summary>0 to <see cref="Most"/> - 1. Any thread.</summary>
    public int Index { get; } = index;

    /// <summary>Any thread.</summary>
    public EventLoop Loop { get; } = loop;
}
