namespace Mesh.ControlPlane.Store;

/// <summary>What became of a batch.</summary>
/// <param name="Revision">Applied: its own. Otherwise the store's, as of which the precondition does not hold.</param>
/// <param name="Conflict">What holds instead of the first precondition that does not; null if the batch was applied.</param>
internal readonly record struct AppendResult(long Revision, Precondition? Conflict)
{
    public bool IsApplied => Conflict is null;

    public static AppendResult Applied(long revision) => new(revision, null);

    public static AppendResult Conflicting(long revision, string key, long holds) => new(revision, new Precondition(key, holds));
}
