using System.Net;

namespace Mesh.Policy.Calls;

/// <summary>
/// What decisions may ask of a call, whatever protocol carries it. Spans are valid until the caller of the decision goes on; nothing
/// may keep the object, which serves another call later.
/// </summary>
public abstract class CallFacts
{
    /// <summary>The path without the query; "/pkg.Service/Method" in gRPC.</summary>
    public abstract ReadOnlySpan<byte> Path { get; }

    /// <summary>HTTP's, in the case in which it came.</summary>
    public abstract ReadOnlySpan<byte> Method { get; }

    /// <summary>It is gRPC, by its content type.</summary>
    public abstract bool IsGrpc { get; }

    /// <summary>Where the call comes from; null where there is no network between.</summary>
    public abstract IPAddress? Source { get; }

    /// <summary>Who makes the call, as a SPIFFE id that its connection has proven; null where it has not.</summary>
    public abstract string? Identity { get; }

    /// <summary>The time, in ticks of the loop.</summary>
    public abstract long Now { get; }

    /// <summary>When it came, in ticks of the loop.</summary>
    public abstract long StartedAt { get; }

    /// <summary>When it has to be over, in ticks of the loop; <see cref="long.MaxValue"/> is never.</summary>
    public abstract long DeadlineAt { get; }

    /// <summary>What decides all that is left to chance.</summary>
    public abstract ref Rng Random { get; }

    /// <summary>A header's first value.</summary>
    /// <param name="lowerCaseName">Its name.</param>
    /// <param name="value">Empty if there is none.</param>
    public abstract bool TryGetHeader(ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value);

    /// <summary>One of a header's values, where it may come in several fields.</summary>
    /// <param name="lowerCaseName">Its name.</param>
    /// <param name="skip">How many fields of the name come before it.</param>
    /// <param name="value">Empty if there is none.</param>
    public abstract bool TryGetHeader(ReadOnlySpan<byte> lowerCaseName, int skip, out ReadOnlySpan<byte> value);
}
