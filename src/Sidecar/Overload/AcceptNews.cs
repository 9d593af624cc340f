using Mesh.Sidecar.Listeners;
using Mesh.Wire.Transport;

namespace Mesh.Sidecar.Overload;

/// <summary>What an operator is told of one listener: that it takes no more connections, and that it does again. Part of <see cref="OverloadWatch"/>.</summary>
internal sealed class AcceptNews(DownstreamListener listener, Log log, TimeProvider time)
{
    private readonly Episode _episode = new(time);
    private long _pauses;
    private long _began;
    private bool _told;

    /// <inheritdoc cref="MemoryNews.Tell"/>
    public bool Tell()
    {
        var pause = listener.Pause;
        var pauses = listener.PausesFor(AcceptPause.Descriptors) + listener.PausesFor(AcceptPause.Memory);
        var isTrouble = pause != AcceptPause.None || pauses != _pauses;
        if (isTrouble && !_told)
        {
            (_told, _began) = (true, _pauses);
            log.Warn($"{listener.Name} takes no more connections for now: {Why(pause)}; those that wait are taken as soon as there is");
        }

        _pauses = pauses;
        if (_episode.IsOver(isTrouble) && _told)
        {
            _told = false;
            log.Info($"{listener.Name} takes connections again (it paused {pauses - _began} times)");
        }

        return _told;
    }

    private static string Why(AcceptPause pause) => pause == AcceptPause.Memory
        ? "there is no memory for them"
        : $"no file descriptor is left for them but those kept back for endpoints, the control plane and the admin pages (ulimit -n is {DescriptorReserve.OpenFilesLimit})";
}
