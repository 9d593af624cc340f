using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Telemetry.Rings;

/// <summary>What a <see cref="RingReader{T}"/> feeds: the same calls in each of its rounds, all on its thread.</summary>
internal interface IRingConsumer<T>
{
    void BeginRound();

    /// <param name="direction">Of the ring it comes from.</param>
    /// <param name="item">Valid during the call.</param>
    void Consume(Direction direction, in T item);

    void EndRound();
}
