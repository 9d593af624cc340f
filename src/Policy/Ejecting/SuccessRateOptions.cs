namespace Mesh.Policy.Ejecting;

/// <summary>Out goes whose share of successes is below the mean of all by more than so many standard deviations.</summary>
/// <param name="StdevFactor">How many, 0.1 to 10; default 1.9.</param>
/// <param name="MinHosts">Endpoints with enough calls, below which there is nothing to compare, 2 to 10000; default 5.</param>
/// <param name="RequestVolume">Calls in an interval below which an endpoint is not judged, 1 to 1000000; default 100.</param>
public sealed record SuccessRateOptions(double StdevFactor = 1.9, int MinHosts = 5, int RequestVolume = 100);
