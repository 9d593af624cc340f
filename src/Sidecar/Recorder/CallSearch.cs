using Google.Protobuf.WellKnownTypes;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Recorder;

/// <summary>Which of the calls that are remembered are asked for. Pure.</summary>
internal static class CallSearch
{
    private const int Usual = 100;
    private const int Most = 1000;

    /// <param name="into">Gets them, the newest first; its service counts as one that is asked for.</param>
    /// <param name="copies">Of the rings.</param>
    /// <param name="query">Which.</param>
    /// <param name="now">What "last" ends with.</param>
    /// <param name="mostBytes">Of them all.</param>
    public static void Find(Api.SidecarCalls into, IEnumerable<byte[]> copies, Api.CallQuery query, DateTimeOffset now, int mostBytes)
    {
        var since = query.Last is { } last ? now.Ticks - Math.Clamp(last.Seconds, 0, 1_000_000) * TimeSpan.TicksPerSecond - last.Nanos / 100 : long.MinValue;
        var found = new List<(long Ended, Api.CallReport Call)>();
        var oldest = long.MaxValue;
        foreach (var record in copies.SelectMany(copy => ByteRing.RecordsOf(copy)))
        {
            var call = Api.CallReport.Parser.ParseFrom(record.Span);
            var ended = EndOf(call);
            oldest = Math.Min(oldest, ended);
            if (ended >= since && IsMeant(call, query, into.Service))
            {
                found.Add((ended, call));
            }
        }

        if (oldest != long.MaxValue)
        {
            into.RemembersSince = Timestamp.FromDateTime(new DateTime(oldest, DateTimeKind.Utc));
        }

        found.Sort((one, other) => other.Ended.CompareTo(one.Ended));
        var most = query.Most == 0 ? Usual : (int)Math.Min(query.Most, Most);
        var bytes = into.CalculateSize();
        foreach (var (_, call) in found)
        {
            bytes += call.CalculateSize() + 8;
            if (into.Calls.Count == most || bytes > mostBytes)
            {
                break;
            }

            into.Calls.Add(call);
        }

        into.LeftOut = (uint)(found.Count - into.Calls.Count);
    }

    private static long EndOf(Api.CallReport call) => call.Started.ToDateTime().Ticks + (call.DurationMicros * TimeSpan.TicksPerMicrosecond);

    private static bool IsMeant(Api.CallReport call, Api.CallQuery query, string own) =>
        (query.TraceId.Length == 0 || query.TraceId.Equals(call.TraceId, StringComparison.OrdinalIgnoreCase))
        && (query.RequestId.Length == 0 || query.RequestId == call.RequestId)
        && (query.Service.Length == 0 || query.Service == own || query.Service == call.Service || query.Service == call.Upstream);
}
