using Mesh.Messaging.Messages;

namespace Mesh.Messaging.Events;

/// <summary>Which events are meant: those for which all that is set holds.</summary>
public sealed record EventFilter
{
    /// <summary>All events.</summary>
    public static EventFilter All { get; } = new();

    /// <summary>Types or patterns of them (<see cref="TypePattern"/>), of which one must match; 16 at most. Default: none, every type.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>Exactly this source. Default: any.</summary>
    public string? Source { get; init; }

    /// <summary>Exactly this subject. Default: any.</summary>
    public string? Subject { get; init; }

    /// <summary>Exactly this correlation id. Default: any.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Whether an event is meant.</summary>
    public bool Matches(Message message) =>
        (Source is null || Source == message.Source)
        && (Subject is null || Subject == message.Subject)
        && (CorrelationId is null || CorrelationId == message.CorrelationId)
        && MatchesType(message.Type);

    /// <summary>Whether events of a type may be meant.</summary>
    public bool MatchesType(string type)
    {
        foreach (var pattern in Types)
        {
            if (TypePattern.Matches(pattern, type))
            {
                return true;
            }
        }

        return Types.Count == 0;
    }

    /// <summary>Whether it means the same events.</summary>
    public bool Equals(EventFilter? other) =>
        other is not null && Source == other.Source && Subject == other.Subject && CorrelationId == other.CorrelationId && Types.SequenceEqual(other.Types);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Source, Subject, CorrelationId, Types.Count);
}
