using System.Text;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Flow;
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
        if (!HttpMethods.IsHead(call.Context.Request.Method))
        {
            await response.Body.WriteAsync(body).ConfigureAwait(false);
        }
    }

    /// <summary>What happened, in one line.</summary>
    public static string Message(Http1Call call, in Outcome outcome, long now)
    {
        var service = call.Cluster?.Name ?? Encoding.UTF8.GetString(call.Name);
        var where = call.LastEndpoint?.Address ?? "the endpoint";
        var attempts = call.Attempts == 1 ? "1 attempt" : $"{call.Attempts} attempts";
        return outcome.Reason switch
        {
            OutcomeReason.UnknownService => $"no such service '{service}'",
            OutcomeReason.NoRoute when call.Route?.Redirect is { } other =>
                $"route '{call.Route.Name}' of '{service}' leads to '{Encoding.UTF8.GetString(other)}', which is not known",
            OutcomeReason.NoControlPlane =>
                $"service '{service}': {call.OutOfReach ?? "the control plane has not said anything of it yet"}",
            OutcomeReason.NoHealthyUpstream or OutcomeReason.CircuitOpen => $"service '{service}': {MeshMessage.WhyNone(call.Cluster!, now)}",
            OutcomeReason.Loop => $"service '{service}': the call has passed {Hops.Most} sidecars already: its route leads back to itself",
            OutcomeReason.Overflow => $"service '{service}': too many calls are under way (limit {call.Cluster!.Limit.MaxRequests})",
            OutcomeReason.DeadlineExceeded => $"service '{service}': no answer by the deadline ({attempts})",
            OutcomeReason.PerTryTimeout => $"service '{service}': no answer within the time of one attempt ({attempts})",
            OutcomeReason.IdleTimeout => $"service '{service}': {where} was silent for too long ({attempts})",
            OutcomeReason.ConnectFailed => $"service '{service}': {where} cannot be reached: {call.ConnectFailure} ({attempts})",
            OutcomeReason.ConnectTimeout => $"service '{service}': {where} does not answer ({attempts})",
            OutcomeReason.ConnectionLost => $"service '{service}': the connection to {where} was lost ({attempts})",
            OutcomeReason.HttpStatus => $"service '{service}': {where} answered {outcome.HttpStatus}, and there is no other to try ({attempts})",
            OutcomeReason.ProtocolError => $"service '{service}': {where} broke the HTTP/1.1 protocol ({attempts})",
            _ => $"service '{service}': {outcome.Reason}",
        };
    }
}
