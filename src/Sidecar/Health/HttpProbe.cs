using System.Globalization;
using Mesh.Hosting;

namespace Mesh.Sidecar.Health;

/// <summary>Well is who answers a GET over HTTP/1.1 with 200 to 399.</summary>
internal sealed class HttpProbe : HealthProbe
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
    {
        // The caller's token is the limit.
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private readonly Uri _url;

    public HttpProbe(HostPort app, string path) => _url = new Uri($"http://{app}{path}");

    public override async Task<CheckResult> CheckAsync(CancellationToken cancellation)
    {
        try
        {
            using var response = await _client.GetAsync(_url, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            var status = (int)response.StatusCode;
            return status is >= 200 and < 400
                ? CheckResult.Passed
                : CheckResult.Failed(string.Create(CultureInfo.InvariantCulture, $"{_url.PathAndQuery} answers {status}"));
        }
        catch (HttpRequestException failure)
        {
            return CheckResult.Failed(failure.Message);
        }
    }

    public override void Dispose() => _client.Dispose();
}
