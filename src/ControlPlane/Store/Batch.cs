namespace Mesh.ControlPlane.Store;

/// <summary>Changes that are made together, or not at all.</summary>
/// <param name="Id">Drawn anew for each; the same when the same batch is tried again.</param>
/// <param name="Preconditions">What must hold for it to be made.</param>
/// <param name="Changes">At most one per key.</param>
internal sealed record Batch(Guid Id, IReadOnlyList<Precondition> Preconditions, IReadOnlyList<StoreChange> Changes)
{
    public static Batch Of(IReadOnlyList<Precondition> preconditions, IReadOnlyList<StoreChange> changes) =>
        new(Guid.NewGuid(), preconditions, changes);
}
