using Mesh.Integration.Processes;

namespace Mesh.Integration.Http1;

/// <summary>Calls over HTTP/1.1 through a sidecar.</summary>
internal static class WebCalls
{
    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public static async Task<HttpResponseMessage> CallAsync(
        this HttpClient client, string address, string host, string target = "/", HttpMethod? method = null, string? body = null, string? traceparent = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, new Uri($"http://{address}{target}", AsItIs))
        {
            Headers = { Host = host },
            Content = body is null ? null : new StringContent(body),
        };
        if (traceparent is not null)
        {
            request.Headers.Add("traceparent", traceparent);
        }

        return await client.SendAsync(request, Bound.Token);
    }

    /// <summary>One that sends nothing of its own accord: whoever listens to activities would make it send a traceparent.</summary>
    public static HttpClient Client() => new(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null });
}
