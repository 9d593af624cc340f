using System.Text;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Terms;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Readings;

/// <summary>A call that lasts, as its loop saw it. Times are in ticks.</summary>
/// <param name="Direction">Which side of the sidecar.</param>
/// <param name="Service">Whom its caller asks for.</param>
/// <param name="Method">gRPC's path, or HTTP's method.</param>
/// <param name="IsGrpc">Whether there are messages; else bytes alone.</param>
/// <param name="Peer">The caller's address.</param>
/// <param name="Endpoint">Where it goes; empty as long as that is not known.</param>
/// <param name="Age">Since it began.</param>
internal sealed record LiveStream(Direction Direction, string Service, string Method, bool IsGrpc, string Peer, string Endpoint, long Age)
{
    /// <summary>What waits for as long is held up; less is a packet on its way.</summary>
    private static readonly long HeldUp = TimeSpan.FromSeconds(1).Ticks;

    /// <summary>A call that is shorter than that, and has one message each way, is none that lasts.</summary>
    private static readonly long Lasting = TimeSpan.FromSeconds(1).Ticks;

    /// <summary>From the caller.</summary>
    public required Way Requests { get; init; }

    /// <summary>To the caller.</summary>
    public required Way Answers { get; init; }

    /// <summary>Something has waited for the caller or the endpoint for a second.</summary>
    public bool IsHeldUp => Requests.Waiting >= HeldUp || Answers.Waiting >= HeldUp;

    /// <summary>The call that a stream of a caller's carries, while it is under way; null if it carries none.</summary>
    public static Exchange? CallOn(MessageStream stream)
    {
        var call = stream.Handler as Exchange ?? (stream.Handler as MessageStream)?.Handler as Exchange; // gRPC-Web has a stream of its own between
        return call is { End.IsRecorded: false, Downstream: not null } ? call : null;
    }

    /// <summary>Whether it has lasted for long enough, or has had more than one message one way.</summary>
    public static bool Lasts(Exchange call) =>
        call.Now - call.Head.Started >= Lasting || call.Stream.Requests.Messages > 1 || call.Stream.Answers.Messages > 1;

    /// <summary>Whether the caller, or the endpoint, has taken nothing for a second of what waits for it.</summary>
    public static (bool ByCaller, bool ByEndpoint) HolderOf(Exchange call) =>
        (Waiting(call.Downstream!, call.Now) >= HeldUp, UpstreamOf(call) is { } upstream && Waiting(upstream, call.Now) >= HeldUp);

    /// <summary>On its loop only.</summary>
    public static LiveStream Of(Exchange call)
    {
        var upstream = UpstreamOf(call);
        return new LiveStream(
            call.Flow.Direction,
            call.Route.Asked?.Name ?? ClusterStatistics.Other,
            call.IsGrpc ? Text(call.Path) : Text(call.Method),
            call.IsGrpc,
            call.Downstream!.Connection.Remote?.ToString() ?? "",
            call.Attempts.LastEndpoint?.Name ?? "",
            call.Now - call.Head.Started)
        {
            Requests = new Way(
                call.Stream.Requests.Messages,
                call.Stream.Requests.RateAt(call.Now),
                call.Body.Total,
                call.Now - call.Stream.Requests.LastAt,
                upstream?.PendingBytes ?? 0,
                upstream?.WaitsFor ?? StreamWait.None,
                upstream is null ? 0 : Waiting(upstream, call.Now)),
            Answers = new Way(
                call.Stream.Answers.Messages,
                call.Stream.Answers.RateAt(call.Now),
                call.Response.Bytes,
                call.Now - call.Stream.Answers.LastAt,
                call.Downstream.PendingBytes,
                call.Downstream.WaitsFor,
                Waiting(call.Downstream, call.Now)),
        };
    }

    private static MessageStream? UpstreamOf(Exchange call)
    {
        foreach (var attempt in call.Attempts.Live)
        {
            if (attempt is { IsShadow: false, Stream: { } stream })
            {
                return stream;
            }
        }

        return null;
    }

    private static long Waiting(MessageStream to, long now) => to.PendingBytes == 0 || to.WaitingSince == long.MaxValue ? 0 : now - to.WaitingSince;

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 256)]);

    /// <summary>One way of it.</summary>
    /// <param name="Messages">In gRPC.</param>
    /// <param name="Rate">Messages a second, of late.</param>
    /// <param name="Bytes">Of bodies.</param>
    /// <param name="LastAge">Since bytes last came.</param>
    /// <param name="Pending">Bytes that wait here.</param>
    /// <param name="WaitsFor">What for.</param>
    /// <param name="Waiting">How long whoever is to take them has not taken any worth counting.</param>
    internal readonly record struct Way(long Messages, double Rate, long Bytes, long LastAge, int Pending, StreamWait WaitsFor, long Waiting);
}
