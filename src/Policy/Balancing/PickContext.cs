using Mesh.Policy.Calls;

namespace Mesh.Policy.Balancing;

/// <summary>What a pick goes by besides the endpoints.</summary>
/// <param name="now">The time, in ticks.</param>
public readonly ref struct PickContext(long now)
{
    /// <summary>The time, in ticks.</summary>
    public long Now { get; } = now;

    /// <summary>
    /// How long the call has left, in ticks: endpoints that need far longer are passed over. Default <see cref="long.MaxValue"/>: for
    /// ever, or it goes out whatever it has left.
    /// </summary>
    public long Rest { get; init; } = long.MaxValue;

    /// <summary>Endpoints that the call has been to; avoided.</summary>
    public ReadOnlySpan<EndpointState> Tried { get; init; }

    /// <summary>Whether one of them is taken again when nothing else can be had: a retry would, a hedge would not.</summary>
    public bool MayRepeat { get; init; }

    /// <summary>The call, for balancers that tell calls apart; null where there is none.</summary>
    public CallFacts? Call { get; init; }
}
