namespace Mesh.Sidecar.Readings;

/// <summary>The streams of one service in one direction.</summary>
/// <param name="Live">Under way.</param>
/// <param name="HeldByCallers">Those of them whose caller has taken nothing of what waits for it for a second.</param>
/// <param name="HeldByEndpoints">Those of them whose endpoint has not.</param>
/// <param name="Requests">Messages of callers so far, of all calls of gRPC.</param>
/// <param name="Answers">Messages to callers so far, of all calls of gRPC.</param>
internal readonly record struct StreamTotals(int Live, int HeldByCallers, int HeldByEndpoints, long Requests, long Answers)
{
    public StreamTotals Plus(in StreamTotals other) => new(
        Live + other.Live,
        HeldByCallers + other.HeldByCallers,
        HeldByEndpoints + other.HeldByEndpoints,
        Requests + other.Requests,
        Answers + other.Answers);
}
