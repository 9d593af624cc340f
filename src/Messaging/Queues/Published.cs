namespace Mesh.Messaging.Queues;

/// <summary>A message that is in its queue, and stays there over a power cut.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="Id">Its id, given where there was none.</param>
/// <param name="IsDuplicate">It had been published before: this is what was answered then, and nothing was added.</param>
public readonly record struct Published(long Sequence, string Id, bool IsDuplicate);
