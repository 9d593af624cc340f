namespace Mesh.Sidecar.Discovery;

/// <summary>Tries control planes one after the other, each once before any again. One caller at a time.</summary>
internal sealed class ControlPlaneRound(ControlPlaneChannels channels)
{
    private readonly HashSet<Uri> _tried = [];

    /// <summary>All have been tried: the next is one of before, and may be waited for.</summary>
    public bool IsOver => channels.Choice.InOrder.All(_tried.Contains);

    /// <summary>The one in use, then the others.</summary>
    public ControlPlaneChannel Next()
    {
        var usable = channels.Choice.InOrder;
        var next = usable.FirstOrDefault(url => !_tried.Contains(url));
        if (next is null)
        {
            _tried.Clear();
            next = usable[0];
        }

        _tried.Add(next);
        return channels.To(next);
    }

    /// <summary>One was good, and all may be again.</summary>
    public void Reset() => _tried.Clear();

    /// <summary>One was good and is lost: the others are tried first.</summary>
    public void Lost(Uri url)
    {
        _tried.Clear();
        _tried.Add(url);
    }
}
