using System.Buffers;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.ControlPlane.Api;

namespace Mesh.ControlPlane.Broker.Http;

/// <summary>What stands in a request: its body whole, its parameters one by one.</summary>
internal static class RequestText
{
    // As of a message of gRPC.
    private const int MostBytes = 4 * 1024 * 1024;

    /// <exception cref="RpcException">It is too long.</exception>
    public static async Task<ReadOnlyMemory<byte>> BodyAsync(HttpRequest request)
    {
        // Left where it is until it is whole, so that it counts among the messages that are not.
        var body = request.BodyReader;
        while (true)
        {
            var read = await body.ReadAsync(request.HttpContext.RequestAborted);
            if (read.Buffer.Length > MostBytes)
            {
                throw Faults.Exhausted($"the body has more than {MostBytes} bytes, the most that one may have here: send what it holds in several");
            }

            if (read.IsCompleted)
            {
                var whole = read.Buffer.ToArray();
                body.AdvanceTo(read.Buffer.End);
                return whole;
            }

            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Empty if it is not there.</summary>
    public static string Of(HttpRequest request, string name) => request.Query[name].ToString();

    /// <summary>Null if it is not there.</summary>
    public static Duration? DurationOf(HttpRequest request, string name) =>
        Of(request, name) is not { Length: > 0 } text ? null
        : DurationText.TryParse(text, out var value) ? value.ToDuration()
        : throw Faults.Invalid($"{name}: '{Shown.Text(text)}' is no duration such as 10s, 250ms or 1m30s");

    /// <summary>Null if it is not there.</summary>
    public static Timestamp? TimeOf(HttpRequest request, string name) =>
        Of(request, name) is not { Length: > 0 } text ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.ToTimestamp()
        : throw Faults.Invalid($"{name}: '{Shown.Text(text)}' is no time of RFC 3339, such as 2026-01-31T08:00:00Z");

    /// <summary>0 if it is not there.</summary>
    public static uint NumberOf(HttpRequest request, string name) =>
        Of(request, name) is not { Length: > 0 } text ? 0
        : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw Faults.Invalid($"{name}: '{Shown.Text(text)}' is no whole number");

    /// <summary>Which events: type (of which there may be several), source, subject, correlationid.</summary>
    public static V1.EventFilter FilterOf(HttpRequest request) => new()
    {
        Types_ = { request.Query["type"].OfType<string>().SelectMany(types => types.Split(',')).Where(type => type.Length != 0) },
        Source = Of(request, "source"),
        Subject = Of(request, "subject"),
        CorrelationId = Of(request, "correlationid"),
    };
}
