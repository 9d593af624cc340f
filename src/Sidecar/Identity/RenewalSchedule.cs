namespace Mesh.Sidecar.Identity;

/// <summary>
/// When a certificate is renewed. Sidecars that were started together part over time, and those that could not renew while the control
/// plane was away come back one by one. Pure: time and chance are arguments.
/// </summary>
internal static class RenewalSchedule
{
    private const double Earliest = 0.5;
    private const double Jitter = 0.1;

    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ShortestRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestSpread = TimeSpan.FromSeconds(30);

    /// <summary>When it is to be renewed: at half its life or a little later.</summary>
    /// <param name="issued">When it was issued.</param>
    /// <param name="notAfter">Until when it is valid.</param>
    /// <param name="chance">0 to 1.</param>
    public static DateTimeOffset Due(DateTimeOffset issued, DateTimeOffset notAfter, double chance) =>
        issued + ((notAfter - issued) * (Earliest + (Jitter * chance)));

    /// <summary>When it is to be renewed after another anchor issues: within a twentieth of its life, at most 30 s.</summary>
    /// <inheritdoc cref="Due"/>
    /// <param name="now">The time.</param>
    public static DateTimeOffset AfterMove(DateTimeOffset now, DateTimeOffset issued, DateTimeOffset notAfter, double chance)
    {
        var spread = (notAfter - issued) / 20;
        return now + ((spread < LongestSpread ? spread : LongestSpread) * chance);
    }

    /// <summary>
    /// How long to wait after an attempt that has failed: a tenth of what is left, so that the attempts of all who wait are spread over that,
    /// 1 s to 10 min.
    /// </summary>
    /// <param name="left">Of the certificate's life; none is left where there is none.</param>
    /// <param name="chance">0 to 1.</param>
    public static TimeSpan Retry(TimeSpan left, double chance)
    {
        var tenth = left / 10;
        var mean = tenth < ShortestRetry ? ShortestRetry : tenth > LongestRetry ? LongestRetry : tenth;
        return mean * (0.5 + chance);
    }
}
