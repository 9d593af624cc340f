namespace Mesh.ControlPlane.Shares;

/// <summary>So much of something that may be held at once. Any thread.</summary>
/// <param name="most">How much.</param>
internal sealed class Share(long most)
{
    private long _held;

    public long Most => most;

    public long Held => Interlocked.Read(ref _held);

    /// <summary>Holds more of each, or changes nothing.</summary>
    /// <returns>The one that has not so much left; null if all have.</returns>
    public static Share? Hold(ReadOnlySpan<Share> shares, long amount)
    {
        for (var i = 0; i < shares.Length; i++)
        {
            if (shares[i].TryHold(amount))
            {
                continue;
            }

            Release(shares[..i], amount);
            return shares[i];
        }

        return null;
    }

    /// <summary>Gives back what was held of each.</summary>
    public static void Release(ReadOnlySpan<Share> shares, long amount)
    {
        foreach (var share in shares)
        {
            Interlocked.Add(ref share._held, -amount);
        }
    }

    private bool TryHold(long amount)
    {
        if (Interlocked.Add(ref _held, amount) <= most)
        {
            return true;
        }

        Interlocked.Add(ref _held, -amount);
        return false;
    }
}
