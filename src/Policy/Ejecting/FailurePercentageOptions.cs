namespace Mesh.Policy.Ejecting;

/// <summary>Out goes whose calls fail more often than so.</summary>
/// <param name="Threshold">Percent of the calls, 1 to 99; default 85.</param>
/// <param name="MinHosts">Endpoints with enough calls, below which nobody is judged, 1 to 10000; default 5.</param>
/// <param name="RequestVolume">Calls in an interval below which an endpoint is not judged, 1 to 1000000; default 50.</param>
public sealed record FailurePercentageOptions(int Threshold = 85, int MinHosts = 5, int RequestVolume = 50);
