namespace Mesh.Wire.Http2.Connections.Guarding;

/// <summary>
/// Since when a peer has been slow to take what waits for it. Taking a little does not count: a byte now and then would
/// hold what waits for ever. Part of a stream, or of the sending half of a connection.
/// </summary>
internal struct Stall
{
    /// <summary>What a peer must take to be given the whole time again.</summary>
    private const int Progress = 16 * 1024;

    private int _taken;

    public Stall() => Since = long.MaxValue;

    /// <summary>In the loop's time; the largest value while nothing waits.</summary>
    public long Since { get; private set; }

    public void Begin(long now)
    {
        Since = now;
        _taken = 0;
    }

    public void OnTaken(int bytes, bool all, long now)
    {
        _taken += bytes;
        if (all)
        {
            End();
        }
        else if (_taken >= Progress)
        {
            Begin(now);
        }
    }

    public void End() => Since = long.MaxValue;
}
