using System.Text;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Mesh.Sidecar.Http1;

/// <summary>The answers over HTTP/1.1 that the mesh makes itself: the status and the header that HTTP/2 has too, and a line of text.</summary>
internal static class Http1Answer
{
    /// <summary>Answers, if no other answer has begun; otherwise the connection is cut, so that nobody takes half of it for the whole.</summary>
    /// <param name="call">Its answer is given by this.</param>
    /// <param name="outcome">A failure.</param>
    /// <param name="now">In the loops' ticks.</param>
    public static async Task WriteAsync(Http1Call call, Outcome outcome, long now)
    {
        var response = call.Context.Response;
        if (response.HasStarted)
        {
            call.Context.Abort();
            return;
        }

        var message = Message(call, outcome, now);
        var body = Encoding.UTF8.GetBytes(message + "\n");
        response.Clear();
        response.StatusCode = outcome.HttpStatus > 0 ? outcome.HttpStatus : MeshAnswer.HttpStatusOf(outcome);
        response.ContentType = "text/plain; charset=utf-8";
        response.ContentLength = body.Length;
        response.Headers["x-mesh-error"] = MeshAnswer.Percent(message);
        if (call.Entry.LocalApp is not null)
        {
            response.Headers[LocalReply.Name] = "1";
            if (outcome.NotProcessed && call.Attempts == call.NotProcessedAttempts)
            {
                NotProcessed.Say(response);
            }
        }

        if (!HttpMethods.IsHead(call.Context.Request.Method))
        {
            await response.Body.WriteAsync(body).ConfigureAwait(false);
        }
    }

    /// <summary>What happened, in one line.</summary>
    public static string Message(Http1Call call, in Outcome outcome, long now)
    {
        var service = call.Asked?.Name ?? Encoding.UTF8.GetString(call.Name);
        if (outcome.Reason == OutcomeReason.UnknownService)
        {
            return $"no such service '{service}'";
        }

        if (outcome.Reason == OutcomeReason.NoRoute && call.Route?.Redirect is { } other)
        {
            return $"route '{call.Route.Name}' of '{service}' leads to '{Encoding.UTF8.GetString(other)}', which is not known";
        }

        var route = call.Asked is not null && !ReferenceEquals(call.Asked, call.Cluster) ? $", route '{call.Route!.Name}' to '{call.Cluster!.Name}'" : "";
        return $"service '{service}'{route}: {What(call, outcome, now)}";
    }

    private static string What(Http1Call call, in Outcome outcome, long now)
    {
        var where = call.LastEndpoint?.Name ?? "any endpoint";
        var attempts = AttemptCount.Of(call.Attempts, call.NotProcessedAttempts);
        return outcome.Reason switch
        {
            OutcomeReason.NoControlPlane => call.OutOfReach ?? "the control plane has not said anything of it yet",
            OutcomeReason.NoHealthyUpstream or OutcomeReason.CircuitOpen => MeshMessage.WhyNone(call.Cluster!, now),
            OutcomeReason.Loop => $"the call has passed {Hops.Most} sidecars already: its route leads back to itself",
            OutcomeReason.MemoryExhausted => "this sidecar is short of memory and takes on no more calls",
            OutcomeReason.Overflow => $"too many calls are under way (limit {call.Cluster!.Limit.MaxRequests})",
            OutcomeReason.DeadlineExceeded => $"no answer from {where} within timeouts.request of {new ShortTime(call.Route!.RequestTimeout)} ({attempts})",
            OutcomeReason.PerTryTimeout => $"no answer from {where} within timeouts.per_try of {new ShortTime(call.Route!.PerTryTimeout)} ({attempts})",
            OutcomeReason.IdleTimeout => $"no byte to or from {where} for timeouts.idle of {new ShortTime(call.Route!.IdleTimeout)} ({attempts})",
            OutcomeReason.ConnectFailed => $"{where} cannot be reached: {call.ConnectFailure} ({attempts})",
            OutcomeReason.ConnectTimeout => $"no connection to {where} within timeouts.connect of {new ShortTime(call.Route!.ConnectTimeout)} ({attempts})",
            OutcomeReason.RefusedStream => $"{where} refused the call and has not looked at it ({attempts})",
            OutcomeReason.ConnectionLost => $"the connection to {where} was lost ({attempts})",
            OutcomeReason.HttpStatus => $"{where} answered {outcome.HttpStatus}, and there is no other to try ({attempts})",
            OutcomeReason.ProtocolError => $"{where} broke the HTTP/1.1 protocol ({attempts})",
            _ => Words.Of(outcome.Reason),
        };
    }
}
