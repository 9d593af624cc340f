using Mesh.Messaging.Messages;

namespace Mesh.Messaging.Delivering;

/// <summary>A message that was handed out.</summary>
/// <param name="Token">What it is acknowledged by.</param>
/// <param name="Attempt">Which delivery this is, from 1.</param>
/// <param name="Lease">How long it may be kept without a word.</param>
/// <param name="Message">What was published.</param>
public sealed record Delivery(LeaseToken Token, int Attempt, TimeSpan Lease, StoredMessage Message);
