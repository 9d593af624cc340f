using System.Globalization;
using Mesh.Sidecar.Options;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Health;

/// <summary>Well is who answers a GET over HTTP/1.1 with 200 to 399.</summary>
internal sealed class HttpProbe : HealthProbe
{
    private readonly HttpClient _client;
    private readonly Uri _url;

    public HttpProbe(Endpoint app, string path)
    {
        InForce = new HealthOption(HealthKind.Http, path);
        _url = new Uri($"http://{app.Authority}{path}");
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectCallback = PlainConnect.To(app) };
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan }; // the caller's token is the limit
    }

    public override HealthOption InForce { get; }

    public override async Task<CheckResult> CheckAsync(CancellationToken cancellation)
    {
        try
        {
            using var response = await _client.GetAsync(_url, HttpCompletionOption.ResponseHeadersRead, cancellation);
            var status = (int)response.StatusCode;
            return status is >= 200 and < 400
                ? CheckResult.Passed
                : CheckResult.Failed(string.Create(CultureInfo.InvariantCulture, $"{_url.PathAndQuery} answers {status}"));
        }
        catch (HttpRequestException failure)
        {
            return CheckResult.Failed(ConnectionFailure.Describe(failure) ?? failure.Message);
        }
    }

    public override void Dispose() => _client.Dispose();
}
