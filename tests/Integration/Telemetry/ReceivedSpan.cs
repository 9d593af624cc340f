namespace Mesh.Integration.Telemetry;

/// <summary>A span as a collector gets it. Ids are hexadecimal digits.</summary>
internal sealed record ReceivedSpan(
    string Service,
    string Instance,
    string TraceId,
    string SpanId,
    string ParentId,
    string TraceState,
    string Name,
    SpanKind Kind,
    SpanStatus Status,
    string StatusMessage,
    IReadOnlyDictionary<string, string> Attributes,
    IReadOnlyList<ReceivedEvent> Events);

/// <summary>An event of a span.</summary>
internal sealed record ReceivedEvent(string Name, IReadOnlyDictionary<string, string> Attributes);

/// <summary>By OTLP's numbers.</summary>
internal enum SpanKind
{
    Server = 2,
    Client = 3,
}

/// <summary>By OTLP's numbers.</summary>
internal enum SpanStatus
{
    Unset = 0,
    Ok = 1,
    Error = 2,
}

/// <summary>A point of a metric: a histogram's count and bounds, or a number.</summary>
internal sealed record ReceivedPoint(
    string Service, string Metric, string Unit, IReadOnlyDictionary<string, string> Attributes, double Value, double Sum, double[] Bounds);
