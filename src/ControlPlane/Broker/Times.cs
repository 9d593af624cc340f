using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.ControlPlane.Api;

namespace Mesh.ControlPlane.Broker;

/// <summary>Times and durations of messages, which may say what none can be.</summary>
internal static class Times
{
    // google/protobuf/timestamp.proto: years 1 to 9999; duration.proto: 10,000 years either way.
    private const long Earliest = -62_135_596_800;
    private const long Latest = 253_402_300_799;
    private const long Longest = 315_576_000_000;
    private const int NanosPerSecond = 1_000_000_000;

    /// <returns>Null where none was given.</returns>
    /// <exception cref="RpcException">It is none.</exception>
    public static DateTimeOffset? Read(Timestamp? said, string field) =>
        said is null ? null
        : said.Seconds is < Earliest or > Latest || said.Nanos is < 0 or >= NanosPerSecond ? throw Faults.Invalid($"{field}: is not a time within the years 1 to 9999")
        : said.ToDateTimeOffset();

    /// <returns>Null where none was given.</returns>
    /// <exception cref="RpcException">It is none.</exception>
    public static TimeSpan? Read(Duration? said, string field) =>
        said is null ? null
        : said.Seconds is < -Longest or > Longest || Math.Abs((long)said.Nanos) >= NanosPerSecond || (said.Seconds > 0 && said.Nanos < 0) || (said.Seconds < 0 && said.Nanos > 0)
            ? throw Faults.Invalid($"{field}: is not a duration")
        : said.ToTimeSpan();
}
