using System.Text;
using Mesh.Http2.Hpack;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Telemetry;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Sidecar.Http1;

/// <summary>
/// One try on one endpoint, and what YARP asks for on its way: the head as it goes out, and whether the answer is passed
/// on. Its time ends when the answer's head is there.
/// </summary>
/// <param name="call">Whose.</param>
/// <param name="endpoint">Where to; its breaker has let the attempt through.</param>
/// <param name="probe">The number of the breaker's probe that it is; 0 if it is none.</param>
/// <param name="started">In the loops' ticks.</param>
/// <param name="time">Cancelled when one attempt has taken too long.</param>
/// <param name="onHead">The answer's head is there: whether it is passed on.</param>
internal sealed class Http1Attempt(
    Http1Call call, Upstream.Endpoint endpoint, int probe, long started, CancellationTokenSource time, Func<Http1Attempt, Outcome, bool> onHead)
    : HttpTransformer
{
    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public Upstream.Endpoint Endpoint => endpoint;

    public long Started => started;

    /// <summary>The number of the breaker's probe; 0 once the breaker has been told.</summary>
    public int Probe { get; set; } = probe;

    /// <summary>In the loops' ticks; 0 before.</summary>
    public long HeadReceived { get; set; }

    /// <summary>What the answer's status says; null before.</summary>
    public Outcome? Answer { get; set; }

    /// <summary>The answer has been passed on whole, whatever became of the request's body.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>It took too long, and no answer had begun.</summary>
    public bool IsTimedOut => Answer is null && time.IsCancellationRequested;

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken).ConfigureAwait(false);
        proxyRequest.Options.Set(PlainConnect.Limit, TimeSpan.FromTicks(call.Route!.ConnectTimeout));
        proxyRequest.Options.Set(PlainConnect.Place, endpoint);
        // A path means what its server takes it for: it is matched and passed on as it is.
        if (call.Target.Length > 0 && Uri.TryCreate(destinationPrefix + call.Target, AsItIs, out var uri))
        {
            proxyRequest.RequestUri = uri;
        }

        if (call.Trace is { } trace)
        {
            Replace(proxyRequest, trace, KnownHeader.Traceparent, "traceparent");
            Replace(proxyRequest, trace, KnownHeader.Tracestate, "tracestate");
        }
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null)
        {
            return false; // it failed, as SendAsync says
        }

        time.CancelAfter(Timeout.InfiniteTimeSpan);
        const uint refusedStream = 7;
        var isOfApp = call.Entry.LocalApp is not null;
        var outcome = NotProcessed.Take(proxyResponse, isOfApp)
            ? Outcome.FromReset(refusedStream)
            : Outcome.FromHttp((int)proxyResponse.StatusCode);
        outcome = LocalReply.Read(outcome, proxyResponse.Headers, isOfApp ? Direction.Inbound : Direction.Outbound);
        return onHead(this, outcome)
            && await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken).ConfigureAwait(false);
    }

    public override ValueTask TransformResponseTrailersAsync(
        HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        IsAnswered = true;
        return base.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
    }

    private static void Replace(HttpRequestMessage request, HeaderList from, KnownHeader name, string text)
    {
        request.Headers.Remove(text);
        for (var i = 0; i < from.Count; i++)
        {
            if (from.KnownAt(i) == name)
            {
                request.Headers.TryAddWithoutValidation(text, Encoding.ASCII.GetString(from.ValueAt(i)));
            }
        }
    }
}
