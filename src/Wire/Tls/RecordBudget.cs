namespace Mesh.Wire.Tls;

/// <summary>
/// Records without anything in them that a peer may send after the handshake: KeyUpdate, each of which costs new keys, tickets, empty
/// records. A peer needs one now and then; more is an attack (RFC 8446 section 4.6.3 lets us say so).
/// </summary>
internal struct RecordBudget
{
    private const int Burst = 32;
    private const long Each = TimeSpan.TicksPerSecond;

    private long _usedUntil;

    /// <summary>Takes so many.</summary>
    /// <param name="count">0 or more.</param>
    /// <param name="now">The loop's time.</param>
    /// <returns>False if that is too many.</returns>
    public bool TryTake(int count, long now)
    {
        if (count > 0)
        {
            _usedUntil = Math.Max(_usedUntil, now) + (count * Each);
        }

        return _usedUntil <= now + (Burst * Each);
    }
}
