using System.Net.Http.Headers;
using Mesh.V1;

namespace Mesh.Sidecar.Push;

/// <summary>An event as a request: CloudEvents HTTP binding 1.0, binary mode.</summary>
internal static class PushedEvent
{
    private const string Prefix = "ce-";

    /// <param name="target">Where it is posted.</param>
    /// <param name="service">Whose app that is.</param>
    /// <param name="delivery">The event.</param>
    public static HttpRequestMessage Write(Uri target, string service, EventDelivery delivery)
    {
        var said = delivery.Event;
        var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = new ByteArrayContent(said.Data.ToByteArray()) };
        request.Headers.Host = service;
        if (said.DataContentType.Length != 0 && MediaTypeHeaderValue.TryParse(said.DataContentType, out var type))
        {
            request.Content.Headers.ContentType = type;
        }

        Add(request, "specversion", "1.0");
        Add(request, "id", said.Id);
        Add(request, "type", said.Type);
        Add(request, "source", said.Source);
        Add(request, "subject", said.Subject);
        Add(request, "time", said.Time.ToDateTimeOffset().ToString("O", System.Globalization.CultureInfo.InvariantCulture));
        Add(request, "correlationid", said.CorrelationId);
        foreach (var (name, value) in said.Extensions)
        {
            Add(request, name, value);
        }

        if (said.Traceparent.Length != 0)
        {
            request.Headers.TryAddWithoutValidation("traceparent", said.Traceparent);
        }

        return request;
    }

    // Section 3.1.3.2: what is not printable ASCII, and the percent sign, is percent-encoded.
    private static void Add(HttpRequestMessage request, string name, string value)
    {
        if (value.Length != 0)
        {
            request.Headers.TryAddWithoutValidation(Prefix + name, Uri.EscapeDataString(value));
        }
    }
}
