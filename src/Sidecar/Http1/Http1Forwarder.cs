using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Http2.Buffers;
using Mesh.Policy;
using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Snapshot;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Sidecar.Http1;

/// <summary>
/// The request path for HTTP/1.1: the steps and the numbers of <see cref="Flow.RequestFlow"/>, with YARP in place of the
/// relay, so that a call is routed, limited, tried again and recorded alike. Any thread; it is not the fast path.
/// </summary>
internal sealed class Http1Forwarder : IDisposable
{
    /// <summary>YARP wants a number where a route has no idle timeout.</summary>
    private static readonly TimeSpan NoIdleTimeout = TimeSpan.FromDays(1);

    /// <summary>A name may move while the old server lives: what goes over an old connection goes to the new place from then on.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(1);

    private readonly ServiceDirectory _directory;
    private readonly MemoryBudget _memory;
    private readonly Http1Telemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly ServiceProvider _services;
    private readonly IHttpForwarder _yarp;
    private readonly HttpMessageInvoker _upstream;
    private readonly Lock _randomGate = new();
    private Rng _random = new((ulong)new Random().NextInt64());

    public Http1Forwarder(ServiceDirectory directory, MemoryBudget memory, Http1Telemetry telemetry, TimeProvider time)
    {
        _memory = memory;
        _directory = directory;
        _telemetry = telemetry;
        _time = time;
        _services = new ServiceCollection()
            .AddSingleton(typeof(ILogger<>), typeof(NullLogger<>))
            .AddHttpForwarder()
            .BuildServiceProvider();
        _yarp = _services.GetRequiredService<IHttpForwarder>();
        _upstream = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ActivityHeadersPropagator = null, // the trace's headers are ours
            PooledConnectionLifetime = ConnectionLifetime,
            ConnectTimeout = Timeout.InfiniteTimeSpan, // each request brings its own
            ConnectCallback = PlainConnect.OpenAsync,
        });
    }

    private long Now => _time.GetElapsedTime(0).Ticks;

    /// <summary>Steps 1 to 3 and 8.</summary>
    public async Task ForwardAsync(HttpContext context, Http1Entry entry)
    {
        var call = new Http1Call(context, entry, Now);
        _telemetry.OnBegin(call);
        call.Outcome = Outcome.Cancelled(); // until something else is known: the caller may go at any time
        try
        {
            call.Outcome = await RouteAsync(call).ConfigureAwait(false);
            if (call.Outcome.Class == OutcomeClass.Failure && !(call.IsCommitted && call.Outcome.Reason == OutcomeReason.HttpStatus))
            {
                await Http1Answer.WriteAsync(call, call.Outcome, Now).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            call.Outcome = Outcome.Cancelled();
        }
        finally
        {
            if (call.IsAdmitted)
            {
                call.Cluster!.Limit.Exit();
            }

            _telemetry.OnEnd(call, call.Outcome);
        }
    }

    public void Dispose()
    {
        _upstream.Dispose();
        _services.Dispose();
    }

    /// <summary>Step 4: which service, and which of its routes.</summary>
    private async Task<Outcome> RouteAsync(Http1Call call)
    {
        if (!TryCountHop(call.Context.Request.Headers))
        {
            return Outcome.Failed(OutcomeReason.Loop, OutcomeSource.Mesh);
        }

        var snapshot = _directory.Current;
        var cluster = call.Entry.LocalApp ?? snapshot.Find(call.Name);
        if (cluster is null && !snapshot.IsWhole && _directory.Want(call.Name))
        {
            (snapshot, cluster) = await ParkAsync(call).ConfigureAwait(false);
            if (cluster is null)
            {
                call.OutOfReach = snapshot.OutOfReach;
                return Outcome.Failed(OutcomeReason.NoControlPlane, OutcomeSource.Mesh);
            }
        }

        call.Cluster = cluster;
        if (cluster is not { IsKnown: true })
        {
            return Outcome.Failed(OutcomeReason.UnknownService, OutcomeSource.Mesh);
        }

        call.Asked = cluster;
        call.Route = cluster.RouteOf(call.Path, call.Method, new Http1Headers(call.Context.Request.Headers));
        if (call.Route.Redirect is { } other)
        {
            var target = snapshot.Find(other);
            if (target is not { IsKnown: true })
            {
                return Outcome.Failed(OutcomeReason.NoRoute, OutcomeSource.Mesh);
            }

            call.Cluster = target;
        }

        return await AdmitAsync(call).ConfigureAwait(false);
    }

    /// <summary>Counts us in, as <see cref="Flow.Hops"/> has it; false if there have been too many before us.</summary>
    private static bool TryCountHop(IHeaderDictionary headers)
    {
        var before = Encoding.ASCII.GetBytes(headers[Flow.Hops.Name].FirstOrDefault() ?? "");
        if (!Flow.Hops.TryCount(before, out var after))
        {
            return false;
        }

        headers[Flow.Hops.Name] = Encoding.ASCII.GetString(after);
        return true;
    }

    /// <summary>Waits for word of the service.</summary>
    private async Task<(MeshSnapshot Snapshot, Cluster? Cluster)> ParkAsync(Http1Call call)
    {
        using var limit = new CancellationTokenSource(ServiceDirectory.Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, call.Context.RequestAborted);
        while (true)
        {
            var changed = _directory.Changed; // before looking, so that no change is missed
            var snapshot = _directory.Current;
            if (snapshot.Find(call.Name) is { } cluster)
            {
                return (snapshot, cluster);
            }

            if (snapshot.OutOfReach is not null)
            {
                return (snapshot, null);
            }

            await changed.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (either.IsCancellationRequested)
            {
                call.Context.RequestAborted.ThrowIfCancellationRequested();
                return (snapshot, null);
            }
        }
    }

    /// <summary>Step 5: whether it may go on at all.</summary>
    private async Task<Outcome> AdmitAsync(Http1Call call)
    {
        if (_memory.Look() >= MemoryPressure.Refuse)
        {
            _memory.CountRefused();
            return Outcome.Failed(OutcomeReason.MemoryExhausted, OutcomeSource.Mesh);
        }

        if (!call.Cluster!.Limit.TryEnter())
        {
            return Outcome.Failed(OutcomeReason.Overflow, OutcomeSource.Mesh);
        }

        call.IsAdmitted = true;
        var route = call.Route!;
        route.Budget.OnRequest(Now);
        call.RequestBody.Keep(route.Retry.ReplayLimitBytes);
        using var deadline = route.RequestTimeout > 0
            ? new CancellationTokenSource(TimeSpan.FromTicks(route.RequestTimeout), _time)
            : new CancellationTokenSource();
        var config = new ForwarderRequestConfig
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            ActivityTimeout = route.IdleTimeout > 0 ? TimeSpan.FromTicks(route.IdleTimeout) : NoIdleTimeout,
        };

        // The only way back: from 7 to 6.
        while (true)
        {
            var retry = await TryAsync(call, config, deadline).ConfigureAwait(false);
            if (retry is not { } pause)
            {
                return call.Outcome;
            }

            call.Context.Response.Clear();
            if (pause > 0)
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, call.Context.RequestAborted);
                await Task.Delay(TimeSpan.FromTicks(pause), _time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                call.Context.RequestAborted.ThrowIfCancellationRequested();
                if (deadline.IsCancellationRequested)
                {
                    return Outcome.Failed(OutcomeReason.DeadlineExceeded, OutcomeSource.Mesh);
                }
            }
        }
    }

    /// <summary>Steps 6 and 7: one attempt, on an endpoint the balancer and its breaker let through.</summary>
    /// <returns>The pause until the next one, in ticks; null if there is none.</returns>
    private async Task<long?> TryAsync(Http1Call call, ForwarderRequestConfig config, CancellationTokenSource deadline)
    {
        if (Pick(call, out var probe) is not { } endpoint)
        {
            return null;
        }

        call.AddAttempt(endpoint);
        call.RequestBody.Rewind();
        _telemetry.OnAttempt(call);
        using var perTry = call.Route!.PerTryTimeout > 0
            ? new CancellationTokenSource(TimeSpan.FromTicks(call.Route.PerTryTimeout), _time)
            : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, perTry.Token);
        long? retry = null;
        var attempt = new Http1Attempt(call, endpoint, probe, Now, perTry, (self, answer) =>
        {
            OnHead(self, answer);
            retry = answer.Class == OutcomeClass.Failure ? DecideRetry(call, answer, deadline.Token) : null;
            // That it was not processed is between sidecars: the caller is told what it means.
            return call.IsCommitted = retry is null && !answer.NotProcessed;
        });
        endpoint.State.Load.Started(attempt.Started);
        var error = await _yarp.SendAsync(call.Context, $"http://{endpoint.Address}", _upstream, config, attempt, either.Token).ConfigureAwait(false);
        var outcome = call.Outcome = Http1Outcome.Of(call, attempt, error, deadline.IsCancellationRequested);
        Report(call.Cluster!, attempt, outcome);
        if (outcome.Reason is OutcomeReason.ConnectFailed or OutcomeReason.ConnectTimeout)
        {
            endpoint.Suspected?.Invoke(call.ConnectFailure ?? "it does not answer");
        }

        if (attempt.Answer is null && outcome.Class == OutcomeClass.Failure)
        {
            retry = DecideRetry(call, outcome, deadline.Token);
        }

        _telemetry.OnAttemptEnded(call, outcome);
        if (retry is not null)
        {
            _telemetry.OnRetry(call, attempt.Started);
        }

        return retry;
    }

    private Upstream.Endpoint? Pick(Http1Call call, out int probe)
    {
        var cluster = call.Cluster!;
        PickResult result;
        int index;
        lock (_randomGate)
        {
            result = cluster.Balancer.Pick(cluster.Set, call.Tried, allowTried: true, Now, ref _random, out index, out probe);
        }

        if (result == PickResult.Picked)
        {
            return cluster.Endpoints[index];
        }

        if (call.Attempts == 0) // otherwise the last attempt's failure says more than that there is nobody else
        {
            call.Outcome = Outcome.FromPick(result);
        }

        return null;
    }

    private void OnHead(Http1Attempt attempt, in Outcome answer)
    {
        attempt.HeadReceived = Now;
        attempt.Answer = answer;
        var breaker = attempt.Endpoint.State.Breaker;
        if (attempt.Probe != 0 && !answer.IsLocalReply && !EndpointFault.IsOne(attempt.Answer.Value, breaker.Options))
        {
            // A head is proof enough: an answer that lasts for hours must not keep the breaker half open as long.
            breaker.OnSuccess(Now, attempt.Probe, attempt.Started);
            attempt.Probe = 0;
        }
    }

    /// <summary>Tells the endpoint's load and breaker, once per attempt.</summary>
    private void Report(Cluster cluster, Http1Attempt attempt, in Outcome outcome)
    {
        var now = Now;
        var latency = (attempt.HeadReceived > 0 ? attempt.HeadReceived : now) - attempt.Started;
        var decay = cluster.Policy.Balancing.EwmaDecay.Ticks;
        lock (_randomGate)
        {
            var end = new AttemptEnd(outcome, attempt.Probe, attempt.Started, latency) { IsSent = true, IsAnswered = attempt.HeadReceived > 0 };
            attempt.Endpoint.State.OnAttemptEnded(end, now, decay, ref _random);
        }
    }

    /// <summary>Step 7: whether there is another attempt.</summary>
    /// <returns>After which pause, in ticks; null if there is none.</returns>
    private long? DecideRetry(Http1Call call, in Outcome outcome, CancellationToken deadline)
    {
        if (outcome.NotProcessed)
        {
            call.NotProcessedAttempts++;
        }

        var route = call.Route!;
        var input = new RetryInput(
            outcome,
            call.Attempts,
            call.NotProcessedAttempts,
            call.IsCommitted,
            call.IsReplayable,
            route.Retry.Methods.Contains(call.Path),
            Deadline: deadline.IsCancellationRequested ? Now : DeadlineOf(call),
            PushbackMs: null,
            call.Cluster!.Set.Count);
        lock (_randomGate)
        {
            var verdict = RetryDecision.Decide(input, route.Retry, route.Budget, Now, ref _random, out var pause, out var why);
            if (verdict == RetryVerdict.No)
            {
                Http1Telemetry.OnNoRetry(call, why);
                return null;
            }

            // With nobody left to try, what the endpoint answered is the answer.
            return Balancer.CanPick(call.Cluster.Set, Now) ? pause : null;
        }
    }

    private static long DeadlineOf(Http1Call call) =>
        call.Route!.RequestTimeout > 0 ? call.Started + call.Route.RequestTimeout : long.MaxValue;
}
