using Mesh.Messaging.Messages;

namespace Mesh.Messaging.Outbox;

/// <summary>What an app wants published.</summary>
/// <param name="Queue">To this queue; null: it is an event.</param>
/// <param name="Message">What is said, without a source: the mesh knows whose it is. Its id is the row's: publishing it again under the same id adds nothing.</param>
public sealed record OutboxRow(string? Queue, Message Message);
