using Mesh.Cli.Metrics;

namespace Mesh.Cli.Demo;

/// <summary>
/// The calls between the services, as the callers' sidecars count them on their <c>/metrics</c>. One reader at a time.
/// </summary>
/// <param name="limit">How long a page may take; one that does not come is left out this time.</param>
/// <param name="time">What rates are measured by.</param>
internal sealed class EdgeMetrics(TimeSpan limit, TimeProvider time) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = limit };
    private readonly Dictionary<(Uri Sidecar, string To), EdgeReading> _last = [];
    private readonly Dictionary<Edge, double> _calls = [];
    private long _readAt = time.GetTimestamp();

    /// <summary>The calls on each edge since the first reading, processes that have ended included.</summary>
    public IReadOnlyDictionary<Edge, double> Calls => _calls;

    /// <summary>Reads all sidecars and says what went over each edge since the last reading.</summary>
    public async Task<IReadOnlyDictionary<Edge, EdgeRate>> ReadAsync(
        IReadOnlyList<(string Caller, Uri Admin)> sidecars, CancellationToken cancellation)
    {
        var pages = await Task.WhenAll(sidecars.Select(sidecar => PageAsync(sidecar.Admin, cancellation)));
        var seconds = time.GetElapsedTime(_readAt).TotalSeconds;
        _readAt = time.GetTimestamp();
        var edges = new Dictionary<Edge, EdgeReading>();
        foreach (var ((caller, admin), page) in sidecars.Zip(pages))
        {
            foreach (var (called, reading) in EdgeReading.OfPage(page))
            {
                var since = reading.Since(_last.GetValueOrDefault((admin, called)) ?? new EdgeReading());
                _last[(admin, called)] = reading;
                var edge = new Edge(caller, called);
                _calls[edge] = _calls.GetValueOrDefault(edge) + since.Durations.Count;
                edges[edge] = edges.TryGetValue(edge, out var others) ? since.And(others) : since;
            }
        }

        return edges.ToDictionary(edge => edge.Key, edge => EdgeRate.Of(edge.Value, seconds));
    }

    public void Dispose() => _http.Dispose();

    private async Task<string> PageAsync(Uri admin, CancellationToken cancellation)
    {
        try
        {
            return await _http.GetStringAsync(new Uri(admin, "/metrics"), cancellation);
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            return "";
        }
    }
}
