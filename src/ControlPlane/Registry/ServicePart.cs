namespace Mesh.ControlPlane.Registry;

/// <summary>What of the change log is one service's. Used under the registry's lock.</summary>
internal sealed class ServicePart
{
    private readonly Queue<int> _places = new();

    /// <summary>Changes that the log has.</summary>
    public int Count => _places.Count;

    /// <summary>Of those.</summary>
    public long Bytes { get; private set; }

    /// <summary>The revision of the last change that was forgotten; 0 if none was.</summary>
    public long NewestLost { get; private set; }

    public void Add(int place, int bytes)
    {
        _places.Enqueue(place);
        Bytes += bytes;
    }

    /// <returns>Where the oldest was.</returns>
    public int ForgetOldest() => _places.Dequeue();

    public void Lose(long revision, int bytes)
    {
        NewestLost = revision;
        Bytes -= bytes;
    }

    /// <summary>All are going to be placed anew, in order.</summary>
    public void ForgetPlaces() => _places.Clear();

    public void Place(int place) => _places.Enqueue(place);
}
