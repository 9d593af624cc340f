namespace Mesh.Messaging.Events;

/// <summary>An event that is in the log, and stays there over a power cut.</summary>
/// <param name="Sequence">Its place.</param>
/// <param name="Id">Its id, given where there was none.</param>
/// <param name="StoredAt">When it was taken.</param>
/// <param name="IsDuplicate">It had been published before: this is what was answered then, and nothing was added.</param>
public readonly record struct AppendedEvent(long Sequence, string Id, DateTimeOffset StoredAt, bool IsDuplicate);
