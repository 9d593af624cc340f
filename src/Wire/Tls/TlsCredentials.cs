namespace Mesh.Wire.Tls;

/// <summary>
/// The identity that is in force. Connections that begin after a change have the new one; those there are keep theirs. One thread at a
/// time may change it, any may read it.
/// </summary>
public sealed class TlsCredentials
{
    private volatile TlsContext? _current;

    /// <summary>Null until there is one.</summary>
    public TlsContext? Current
    {
        get => _current;
        set => _current = value;
    }
}
