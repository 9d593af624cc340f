namespace Mesh.Wire.Http2.Connections.States;

/// <summary>
/// How many bytes of DATA may still go one way, on a stream or on a connection, to us or to the peer (RFC 9113 section 5.2).
/// A field where it stands, since its methods change it.
/// </summary>
/// <param name="bytes">With how many it begins.</param>
internal struct Window(int bytes)
{
    /// <summary>Before anybody has said otherwise (RFC 9113 section 6.9.2).</summary>
    public const int Initial = 65_535;

    /// <summary>Negative where it was made smaller than what had been sent (RFC 9113 section 6.9.2).</summary>
    public long Left { get; private set; } = bytes;

    public readonly bool IsOpen => Left > 0;

    /// <summary>Or shrinks, by a negative number.</summary>
    /// <returns>Whether it has stayed within 2^31 - 1, which it must (RFC 9113 section 6.9.1).</returns>
    public bool TryGrow(long by)
    {
        if (Left + by > int.MaxValue)
        {
            return false;
        }

        Left += by;
        return true;
    }

    /// <summary>The same where the limit is far away.</summary>
    public void Grow(int by) => Left += by;

    /// <summary>Bytes go, of which it is known that they may.</summary>
    public void Use(int bytes) => Left -= bytes;
}
