using Mesh.ControlPlane.Store;
using Mesh.Tests;

namespace Mesh.ControlPlane.Tests.Store;

/// <summary>Writes as users do: what a busy machine refuses is asked for again.</summary>
internal static class StoreWrites
{
    /// <summary>Appends a batch, again and again with its one id, until the store has answered.</summary>
    public static async Task<AppendResult> MakeAsync(this IStore store, Batch batch)
    {
        AppendResult? made = null;
        await Condition.HoldsAsync(
            async () =>
            {
                try
                {
                    made = await store.AppendAsync(batch);
                    return true;
                }
                catch (StoreException refused) when (refused.Fault == StoreFault.Unavailable)
                {
                    return false;
                }
            },
            () => "the store takes a batch",
            Bound.Time);
        return made!.Value;
    }
}
