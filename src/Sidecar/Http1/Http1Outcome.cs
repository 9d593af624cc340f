using System.Net.Sockets;
using Mesh.Policy.Outcomes;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Sidecar.Http1;

/// <summary>What YARP's word on an attempt means, in the mesh's.</summary>
internal static class Http1Outcome
{
    /// <param name="call">Whose; a failure to connect is noted in it.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="error">What YARP said.</param>
    /// <param name="isLate">The call's deadline has passed.</param>
    public static Outcome Of(Http1Call call, Http1Attempt attempt, ForwarderError error, bool isLate)
    {
        // A caller or server that broke off its part of the request after a whole answer has got, or given, what it wanted.
        if (attempt.Answer is { } answer && (error == ForwarderError.None || attempt.IsAnswered))
        {
            return answer;
        }

        if (call.Context.RequestAborted.IsCancellationRequested)
        {
            return Outcome.Cancelled();
        }

        if (isLate)
        {
            return Outcome.Failed(OutcomeReason.DeadlineExceeded, OutcomeSource.Upstream);
        }

        if (attempt.IsTimedOut)
        {
            return Outcome.Failed(OutcomeReason.PerTryTimeout, OutcomeSource.Mesh);
        }

        return error switch
        {
            ForwarderError.Request => OfRequest(call),
            ForwarderError.RequestCreation or
            ForwarderError.RequestBodyClient or
            ForwarderError.ResponseBodyClient or
            ForwarderError.UpgradeRequestClient or
            ForwarderError.UpgradeResponseClient => Outcome.Cancelled(), // what the caller sent, or that it is gone, is no fault of the endpoint
            ForwarderError.ResponseHeaders => Outcome.Failed(OutcomeReason.ProtocolError, OutcomeSource.Upstream),
            // The deadline and the caller apart, only a long silence makes YARP cancel.
            ForwarderError.RequestTimedOut or
            ForwarderError.RequestCanceled or
            ForwarderError.RequestBodyCanceled or
            ForwarderError.ResponseBodyCanceled or
            ForwarderError.UpgradeActivityTimeout or
            ForwarderError.UpgradeRequestCanceled or
            ForwarderError.UpgradeResponseCanceled => Outcome.Failed(OutcomeReason.IdleTimeout, OutcomeSource.Upstream),
            _ => Outcome.Failed(OutcomeReason.ConnectionLost, OutcomeSource.Upstream),
        };
    }

    private static Outcome OfRequest(Http1Call call)
    {
        if (call.Context.GetForwarderErrorFeature()?.Exception is not HttpRequestException failure)
        {
            return Outcome.Failed(OutcomeReason.ConnectionLost, OutcomeSource.Upstream);
        }

        switch (failure.HttpRequestError)
        {
            case HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError:
                var socket = failure.InnerException as SocketException;
                call.ConnectFailure = (socket ?? (Exception)failure).Message;
                return Outcome.Failed(
                    socket?.SocketErrorCode == SocketError.TimedOut ? OutcomeReason.ConnectTimeout : OutcomeReason.ConnectFailed,
                    OutcomeSource.Upstream);
            case HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded:
                return Outcome.Failed(OutcomeReason.ProtocolError, OutcomeSource.Upstream);
            default:
                return Outcome.Failed(OutcomeReason.ConnectionLost, OutcomeSource.Upstream);
        }
    }
}
