using Mesh.Policy.Streams;
using Mesh.Sidecar.Flow;

namespace Mesh.Sidecar.Listeners;

/// <summary>
/// How old a connection of the inbound side is. It is looked at when a call comes, since one on which none comes keeps nobody from going elsewhere;
/// so it needs no timer, and goes by the configuration of that moment.
/// </summary>
internal sealed class AgingConnection(Worker worker)
{
    private readonly long _since = worker.Loop.Now;
    private long _maxAge;
    private long _ownAge;

    /// <summary>Whether it is to take no more calls than this one.</summary>
    public bool IsOver()
    {
        if (worker.Snapshot.Inbound is not { Policy.Timeouts.MaxConnectionAge: { } age })
        {
            return false;
        }

        if (_maxAge != age.Ticks)
        {
            _maxAge = age.Ticks;
            _ownAge = ConnectionAge.Of(age.Ticks, ref worker.Random);
        }

        return worker.Loop.Now - _since >= _ownAge;
    }
}
