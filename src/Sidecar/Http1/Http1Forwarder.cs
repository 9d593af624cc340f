using System.Net;
using System.Security.Cryptography;
using System.Text;
using Mesh.Policy;
using Mesh.Policy.Balancing;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Routing;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Sidecar.Http1;

/// <summary>
/// The request path for HTTP/1.1: the same routing, picking, breaking and counting as <see cref="Flow.RequestFlow"/>, with
/// YARP in place of the relay. What provably was not processed (no connection) is tried on another endpoint, if no body
/// has been read. Any thread; it is not the fast path.
/// </summary>
internal sealed class Http1Forwarder(ServiceDirectory directory, TimeProvider time) : IDisposable
{
    private static readonly ForwarderRequestConfig Config = new()
    {
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        // The route's timeout decides, and without one nothing does.
        ActivityTimeout = TimeSpan.FromHours(24),
    };

    /// <summary>How long a call waits for the control plane's word on a service nobody here has called before.</summary>
    private static readonly TimeSpan ParkTime = TimeSpan.FromSeconds(5);

    private readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(1),
    });

    private readonly Lock _gate = new();
    private Rng _random = new(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));

    /// <summary>Set before the first request comes.</summary>
    public IHttpForwarder Forwarder { get; set; } = null!;

    public async Task ForwardAsync(HttpContext context)
    {
        var started = time.GetTimestamp();
        var via = context.Features.Get<HandOffFeature>()!;
        var name = via.Fixed ?? ServiceName.FromAuthority(Encoding.ASCII.GetBytes(context.Request.Host.Value ?? "")).ToArray();
        var cluster = via.LocalApp ?? await FindAsync(name, context.RequestAborted).ConfigureAwait(false);
        if (cluster is not { IsKnown: true })
        {
            await RefuseAsync(context, StatusCodes.Status404NotFound, $"no such service '{Encoding.UTF8.GetString(name)}'").ConfigureAwait(false);
            return;
        }

        if (!Flow.Hops.TryPass(context.Request.Headers))
        {
            await RefuseAsync(context, StatusCodes.Status508LoopDetected, $"service '{cluster.Name}': the call has passed {Flow.Hops.Most} sidecars already: its route leads back to itself").ConfigureAwait(false);
            return;
        }

        var route = RouteOf(cluster, context.Request);
        if (route.Redirect is { } other && directory.Current.Find(other) is { IsKnown: true } target)
        {
            cluster = target;
        }

        if (!cluster.Limit.TryEnter())
        {
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, $"service '{cluster.Name}': too many calls are under way (limit {cluster.Limit.MaxRequests})").ConfigureAwait(false);
            return;
        }

        var outcome = Outcome.Cancelled();
        try
        {
            route.Budget.OnRequest(Now);
            outcome = await TryAsync(context, cluster, route).ConfigureAwait(false);
        }
        finally
        {
            cluster.Limit.Exit();
            var path = Encoding.UTF8.GetBytes(context.Request.Path.Value ?? "");
            cluster.Statistics.RecordShared(path, CallCode.Of(isGrpc: false, outcome), time.GetElapsedTime(started).Ticks);
        }
    }

    public void Dispose() => _invoker.Dispose();

    private long Now => time.GetElapsedTime(0).Ticks;

    private static ClusterRoute RouteOf(Cluster cluster, HttpRequest request)
    {
        if (cluster.Routes.Length == 0)
        {
            return cluster.DefaultRoute;
        }

        var index = cluster.Table.Match(
            Encoding.UTF8.GetBytes(request.Path.Value ?? "/"),
            Encoding.ASCII.GetBytes(request.Method),
            new Http1Headers(request.Headers));
        return index < 0 ? cluster.DefaultRoute : cluster.Routes[index];
    }

    private async Task<Cluster?> FindAsync(byte[] name, CancellationToken aborted)
    {
        var deadline = time.GetUtcNow() + ParkTime;
        while (true)
        {
            var snapshot = directory.Current;
            if (snapshot.Find(name) is { } cluster)
            {
                return cluster;
            }

            if (snapshot.IsWhole || !directory.Want(name) || time.GetUtcNow() > deadline)
            {
                return null;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), time, aborted).ConfigureAwait(false);
        }
    }

    private async Task<Outcome> TryAsync(HttpContext context, Cluster cluster, ClusterRoute route)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        if (route.Timeouts.Request is { } limit && limit > TimeSpan.Zero)
        {
            timeout.CancelAfter(limit);
        }

        var tried = new List<EndpointState>();
        while (true)
        {
            var endpoint = Pick(cluster, tried, out var isProbe);
            if (endpoint is null)
            {
                await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, $"service '{cluster.Name}': none of its {cluster.Endpoints.Length} endpoints can be used").ConfigureAwait(false);
                return Outcome.Failed(OutcomeReason.NoHealthyUpstream, OutcomeSource.Mesh);
            }

            tried.Add(endpoint.State);
            var began = Now;
            endpoint.State.Load.Started(began);
            var error = await Forwarder.SendAsync(context, $"http://{endpoint.Address}", _invoker, Config, HttpTransformer.Empty, timeout.Token).ConfigureAwait(false);
            var outcome = OutcomeOf(context, error, timeout.IsCancellationRequested);
            Report(cluster, endpoint, isProbe, began, outcome);
            if (outcome.NotProcessed && !context.Response.HasStarted && !HasBody(context.Request) && tried.Count <= cluster.Endpoints.Length)
            {
                context.Response.Clear();
                continue;
            }

            if (error != ForwarderError.None && !context.Response.HasStarted)
            {
                await RefuseAsync(context, error == ForwarderError.RequestTimedOut || timeout.IsCancellationRequested ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status502BadGateway, $"service '{cluster.Name}': {endpoint.Address}: {outcome.Reason}").ConfigureAwait(false);
            }

            return outcome;
        }
    }

    private Upstream.Endpoint? Pick(Cluster cluster, List<EndpointState> tried, out bool isProbe)
    {
        lock (_gate) // for the randomness
        {
            var result = cluster.Balancer.Pick(cluster.Set, tried.ToArray(), allowTried: true, Now, ref _random, out var index, out isProbe);
            return result == PickResult.Picked ? cluster.Endpoints[index] : null;
        }
    }

    private void Report(Cluster cluster, Upstream.Endpoint endpoint, bool isProbe, long began, in Outcome outcome)
    {
        var state = endpoint.State;
        if (outcome.Class == OutcomeClass.Cancelled)
        {
            state.Load.Abandoned();
            state.Breaker.OnAbandoned(isProbe);
            return;
        }

        state.Load.Finished(Now, Now - began, !outcome.CountsAgainstEndpoint, cluster.Policy.Balancing.EwmaDecay.Ticks);
        if (!outcome.CountsAgainstEndpoint)
        {
            state.Breaker.OnSuccess(Now, isProbe, began);
            return;
        }

        lock (_gate)
        {
            state.Breaker.OnFailure(Now, isProbe, ref _random, began);
        }
    }

    private static Outcome OutcomeOf(HttpContext context, ForwarderError error, bool timedOut) => error switch
    {
        ForwarderError.None => Outcome.FromHttp(context.Response.StatusCode),
        _ when context.RequestAborted.IsCancellationRequested => Outcome.Cancelled(),
        ForwarderError.RequestTimedOut => Outcome.Failed(OutcomeReason.DeadlineExceeded, OutcomeSource.Upstream),
        _ when timedOut => Outcome.Failed(OutcomeReason.DeadlineExceeded, OutcomeSource.Upstream),
        ForwarderError.Request when IsConnectFailure(context) => Outcome.Failed(OutcomeReason.ConnectFailed, OutcomeSource.Upstream),
        ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.ResponseBodyCanceled => Outcome.Cancelled(),
        _ => Outcome.Failed(OutcomeReason.ConnectionLost, OutcomeSource.Upstream),
    };

    private static bool IsConnectFailure(HttpContext context) =>
        context.GetForwarderErrorFeature()?.Exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError };

    private static bool HasBody(HttpRequest request) => request.ContentLength is > 0 || request.Headers.TransferEncoding.Count > 0;

    private static Task RefuseAsync(HttpContext context, int status, string message)
    {
        context.Response.Clear();
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(message + "\n");
    }
}
