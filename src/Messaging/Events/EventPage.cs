using Mesh.Messaging.Messages;

namespace Mesh.Messaging.Events;

/// <summary>A piece of the log.</summary>
/// <param name="Events">Those that are meant, in order, a damaged one in its place (<see cref="StoredMessage.Damage"/>).</param>
/// <param name="Next">Where to go on: the last sequence that was looked at, whether or not it was meant.</param>
/// <param name="IsMore">There was more to look at.</param>
/// <param name="Oldest">The oldest sequence that the log still has: who asked for earlier ones has missed them. 0 if it has none.</param>
public sealed record EventPage(IReadOnlyList<StoredMessage> Events, long Next, bool IsMore, long Oldest);
