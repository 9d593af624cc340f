namespace Mesh.Policy.Balancing;

/// <summary>What a pick may pass over: docs/adr/0013 has the reasons.</summary>
/// <param name="IgnoresHealth">So few are available that the sick ones are used as well.</param>
/// <param name="IgnoresCircuits">And those whose circuit is open.</param>
internal readonly record struct Availability(bool IgnoresHealth, bool IgnoresCircuits)
{
    /// <summary>Decides; an endpoint is available if it is healthy and its circuit is closed.</summary>
    /// <param name="available">How many are.</param>
    /// <param name="count">Of how many.</param>
    /// <param name="panicThresholdPercent"><see cref="BalancingOptions.PanicThresholdPercent"/>.</param>
    /// <param name="isClassic"><see cref="Breaking.EjectionShare.IsClassic"/>: circuits hold whatever happens.</param>
    public static Availability Of(int available, int count, int panicThresholdPercent, bool isClassic)
    {
        var panic = (long)available * 100 < (long)count * panicThresholdPercent;

        // Without panic, sick endpoints and open circuits can still add up to all there are: then circuits give way, since
        // they are a guess, and the health check is not.
        return new Availability(panic, !isClassic && (panic || available == 0));
    }
}
