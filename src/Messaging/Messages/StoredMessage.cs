namespace Mesh.Messaging.Messages;

/// <summary>A message as it is kept.</summary>
/// <param name="Sequence">Of an event: its place in the log, which every reader sees in this order. Of a message of a queue: its number there; none is given twice.</param>
/// <param name="StoredAt">When the engine took it.</param>
/// <param name="Message">What was said; of a damaged one what is still known.</param>
/// <param name="Damage">Null if it is what was published. Else what is wrong with it, in one line.</param>
public sealed record StoredMessage(long Sequence, DateTimeOffset StoredAt, Message Message, string? Damage = null);
