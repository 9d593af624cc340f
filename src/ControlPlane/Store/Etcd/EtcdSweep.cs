using Google.Protobuf;
using Mesh.ControlPlane.Store.Etcd.Rpc;

namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>
/// Removes what nothing refers to any more: bodies of values, lanes of processes that are gone. Only what has not been written since
/// the sweep before, which is minutes ago: what is just being referred to was written just now. One thread at a time.
/// </summary>
internal sealed class EtcdSweep(EtcdSetup setup)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    private Dictionary<ByteString, long> _before = [];
    private long? _swept;

    /// <summary>Sweeps if it is time.</summary>
    /// <param name="token">Etcd's revision of the job's key, under which it is done.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task SweepAsync((ByteString Key, long Revision) token, CancellationToken cancellation)
    {
        if (_swept is { } last && setup.Time.GetElapsedTime(last) < Interval)
        {
            return;
        }

        _swept = setup.Time.GetTimestamp();
        await SweepNowAsync(token, cancellation);
    }

    /// <summary>Sweeps what was there at the sweep before.</summary>
    public async Task SweepNowAsync((ByteString Key, long Revision) token, CancellationToken cancellation)
    {
        var (revision, bodies) = await setup.Pages.ReadAsync(setup.Keys.Bodies, EtcdKeys.After(setup.Keys.Bodies), 0, keysOnly: true, cancellation);
        var (_, lanes) = await setup.Pages.ReadAsync(setup.Keys.Lanes, EtcdKeys.After(setup.Keys.Lanes), revision, keysOnly: true, cancellation);
        var old = bodies.Concat(lanes).Where(entry => _before.GetValueOrDefault(entry.Key) == entry.ModRevision).ToList();
        _before = bodies.Concat(lanes).ToDictionary(entry => entry.Key, entry => entry.ModRevision);
        if (bodies.Count != 0 && old.Count != 0)
        {
            var referred = await ReferredAsync(revision, cancellation);
            old.RemoveAll(entry => referred.Contains(entry.Key));
        }

        foreach (var entry in old)
        {
            var request = new TxnRequest
            {
                Compare = { EtcdRequests.IsAt(token.Key, token.Revision), EtcdRequests.IsAt(entry.Key, entry.ModRevision) },
                Success = { EtcdRequests.Delete(entry.Key) },
            };
            await setup.Client.CallAsync((member, options) => member.Kv.TxnAsync(request, options), () => Longest, cancellation);
        }
    }

    private async Task<HashSet<ByteString>> ReferredAsync(long revision, CancellationToken cancellation)
    {
        var referred = new HashSet<ByteString>();
        foreach (var (first, end) in new[] { (setup.Keys.First, setup.Keys.Bodies), (EtcdKeys.After(setup.Keys.Bodies), setup.Keys.End) })
        {
            var (_, entries) = await setup.Pages.ReadAsync(first, end, revision, keysOnly: false, cancellation);
            referred.UnionWith(entries.Where(entry => EtcdValues.IsReference(entry.Value)).Select(entry => setup.Values.BodyOf(entry.Value)));
        }

        return referred;
    }
}
