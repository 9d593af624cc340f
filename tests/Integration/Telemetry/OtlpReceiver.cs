using System.Collections.Concurrent;
using Mesh.Integration.Processes;
using Microsoft.AspNetCore.Http;

namespace Mesh.Integration.Telemetry;

/// <summary>A collector: takes what is exported to it by OTLP over gRPC and keeps it. Any thread.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private const int PrefixSize = 5;

    private readonly ConcurrentQueue<ReceivedSpan> _spans = new();
    private readonly ConcurrentQueue<ReceivedPoint> _points = new();
    private EchoServer? _server;

    public IReadOnlyList<ReceivedSpan> Spans => [.. _spans];

    public string Address => _server!.Address;

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        receiver._server = await EchoServer.StartRawAsync(receiver.HandleAsync);
        return receiver;
    }

    /// <summary>The newest point of each series of a metric, as one sidecar exported it.</summary>
    public IReadOnlyList<ReceivedPoint> Points(string service, string metric) =>
    [
        .. _points.Where(p => p.Service == service && p.Metric == metric)
            .GroupBy(p => string.Join(',', p.Attributes.OrderBy(a => a.Key).Select(a => $"{a.Key}={a.Value}")))
            .Select(series => series.Last()),
    ];

    public ValueTask DisposeAsync() => _server!.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var message = new WireMessage(body.ToArray().AsMemory(PrefixSize));
        if (context.Request.Path.Value!.Contains("TraceService", StringComparison.Ordinal))
        {
            TakeSpans(message);
        }
        else
        {
            TakeMetrics(message);
        }

        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(new byte[PrefixSize]);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    private void TakeSpans(WireMessage request)
    {
        foreach (var resource in request.Messages(1))
        {
            var about = resource.Message(1)!.Attributes(1);
            foreach (var span in resource.Messages(2).SelectMany(scope => scope.Messages(2)))
            {
                var status = span.Message(15);
                _spans.Enqueue(new ReceivedSpan(
                    about["service.name"],
                    about.GetValueOrDefault("service.instance.id", ""),
                    span.Hex(1),
                    span.Hex(2),
                    span.Hex(4),
                    span.Text(3),
                    span.Text(5),
                    (SpanKind)span.Number(6),
                    (SpanStatus)(status?.Number(3) ?? 0),
                    status?.Text(2) ?? "",
                    span.Attributes(9),
                    [.. span.Messages(11).Select(e => new ReceivedEvent(e.Text(2), e.Attributes(3)))]));
            }
        }
    }

    private void TakeMetrics(WireMessage request)
    {
        foreach (var resource in request.Messages(1))
        {
            var service = resource.Message(1)!.Attributes(1)["service.name"];
            foreach (var metric in resource.Messages(2).SelectMany(scope => scope.Messages(2)))
            {
                var (name, unit) = (metric.Text(1), metric.Text(3));
                foreach (var point in metric.Messages(9).SelectMany(histogram => histogram.Messages(1)))
                {
                    _points.Enqueue(new ReceivedPoint(service, name, unit, point.Attributes(9), point.Number(4), point.Double(5), point.Doubles(7)));
                }

                foreach (var point in metric.Messages(5).Concat(metric.Messages(7)).SelectMany(numbers => numbers.Messages(1)))
                {
                    var value = point.Has(6) ? (long)point.Number(6) : point.Double(4);
                    _points.Enqueue(new ReceivedPoint(service, name, unit, point.Attributes(7), value, 0, []));
                }
            }
        }
    }
}
