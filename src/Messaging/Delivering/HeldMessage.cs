using Mesh.Messaging.Messages;

namespace Mesh.Messaging.Delivering;

/// <summary>A message as somebody sees it who looks and takes nothing.</summary>
/// <param name="Phase">Where it stands.</param>
/// <param name="Attempts">How often it was delivered.</param>
/// <param name="DueIn">When it is ready again; of those that are retrying or scheduled.</param>
/// <param name="Holder">Who has it; of those that are leased.</param>
/// <param name="Reason">Why it was last handed back, or died.</param>
/// <param name="Message">What was published.</param>
public sealed record HeldMessage(Phase Phase, int Attempts, TimeSpan? DueIn, string? Holder, string? Reason, StoredMessage Message)
{
    /// <summary>Its number in the queue or group: where a peek goes on.</summary>
    public required long Number { get; init; }
}
