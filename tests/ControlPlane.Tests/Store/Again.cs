using Mesh.ControlPlane.Store;
using Mesh.Tests;

namespace Mesh.ControlPlane.Tests.Store;

/// <summary>Writes as those do who use a store: on a busy machine etcd may be too slow for it, and the same batch is made once however often it is asked for.</summary>
internal static class Again
{
    public static async Task<AppendResult> MadeAsync(this IStore store, Batch batch)
    {
        AppendResult? made = null;
        StoreException? refused = null;
        await Condition.HoldsAsync(IsMadeAsync, () => refused!.Message, Bound.Time);
        return made!.Value;

        async Task<bool> IsMadeAsync()
        {
            try
            {
                made = await store.AppendAsync(batch);
                return true;
            }
            catch (StoreException fault) when (fault.Fault == StoreFault.Unavailable)
            {
                refused = fault;
                return false;
            }
        }
    }
}
