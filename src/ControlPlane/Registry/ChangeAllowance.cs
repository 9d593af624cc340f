namespace Mesh.ControlPlane.Registry;

/// <summary>
/// How many changes of one instance may be stored: a few at once, then one each interval. Mutable, and used under the
/// registry's lock; takes the time as an argument.
/// </summary>
internal struct ChangeAllowance
{
    // From then on it is whole again.
    private TimeSpan _whole;

    /// <summary>One more change, if it may be now.</summary>
    public bool TryTake(TimeSpan now, RegistryOptions options)
    {
        if (NextAt(options) > now)
        {
            return false;
        }

        _whole = (_whole > now ? _whole : now) + options.ChangeInterval;
        return true;
    }

    /// <summary>From when on one more may be.</summary>
    public readonly TimeSpan NextAt(RegistryOptions options) => _whole - ((options.ChangeBurst - 1) * options.ChangeInterval);
}
