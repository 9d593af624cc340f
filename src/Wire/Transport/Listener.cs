using System.Net;

namespace Mesh.Wire.Transport;

/// <summary>A bound address from which connections come.</summary>
public abstract class Listener
{
    private readonly long[] _pauses = new long[Enum.GetValues<AcceptPause>().Length];
    private volatile AcceptPause _pause;

    /// <summary>Where it is bound, with the real port.</summary>
    public abstract IPEndPoint Local { get; }

    /// <summary>Why it takes no connections at present. Any thread.</summary>
    public AcceptPause Pause => _pause;

    /// <summary>Told, on any thread, when <see cref="Pause"/> has changed. Set at once or never.</summary>
    public Action? PauseChanged { get; set; }

    /// <summary>How often it has paused for a reason. Any thread.</summary>
    public long PausesFor(AcceptPause reason) => Volatile.Read(ref _pauses[(int)reason]);

    /// <summary>Takes no more connections; those there are go on. Only its loop's thread may call it.</summary>
    public abstract void Close();

    /// <summary>By one thread at a time.</summary>
    private protected void SetPause(AcceptPause pause)
    {
        if (pause != _pause)
        {
            _pause = pause;
            Volatile.Write(ref _pauses[(int)pause], _pauses[(int)pause] + 1);
            PauseChanged?.Invoke();
        }
    }
}
