using Mesh.Policy.Sharing;

namespace Mesh.Policy.RateLimiting;

/// <summary>A rate as far as one has it that shares it with others. Immutable.</summary>
internal sealed class SharedRate(TokenRate whole, LimitShare share)
{
    public LimitShare Share => share;

    public TokenRate Rate { get; } = whole.Part(share.Part);

    public SharedRate With(LimitShare other) => new(whole, other);
}
