namespace Mesh.Messaging.Messages;

/// <summary>What a publisher says: an event, or a message for a queue. The engine does not look into <see cref="Attributes"/> and <see cref="Data"/>.</summary>
public sealed record Message
{
    /// <summary>Unique among those of its source; 1 to 256 characters. Empty: the engine gives one.</summary>
    public string Id { get; init; } = "";

    /// <summary>Of an event: parts with dots between them, 1 to 256 characters. Empty for a message of a queue.</summary>
    public string Type { get; init; } = "";

    /// <summary>Who says it, as the mesh knows; up to 256 characters.</summary>
    public string Source { get; init; } = "";

    /// <summary>What it is about; up to 256 characters.</summary>
    public string? Subject { get; init; }

    /// <summary>Messages of one key are delivered one after the other; up to 256 characters. Default: none, and for events the subject.</summary>
    public string? OrderingKey { get; init; }

    /// <summary>What it belongs to, across services; up to 256 characters.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>When it happened. Default: when the engine takes it.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Everything else that is said of it (content type, trace, extensions), in order; 64 at most.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Attributes { get; init; } = [];

    /// <summary>The content. The engine keeps it: the caller does not change it any more.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>What orders its delivery; null if nothing does.</summary>
    public string? Key => OrderingKey ?? (Type.Length != 0 ? Subject : null);
}
