using Mesh.Policy.Outcomes;
using Mesh.Wire.Http2.Frames;

namespace Mesh.Sidecar.Flow;

/// <summary>Gives a caller an answer that is not an attempt's, or not as it came. Part of a <see cref="RequestFlow"/>.</summary>
internal sealed class OwnAnswer(Worker worker)
{
    private readonly RouteReply _ofRoute = new();

    /// <summary>The answer is given; a caller that still sends is told to stop once it has all of it.</summary>
    public static void EndRequest(Exchange exchange)
    {
        exchange.Body.Stop();
        if (!exchange.Body.Ended)
        {
            exchange.Downstream!.StopPeerWhenDone();
        }
    }

    /// <summary>What went wrong, in the caller's protocol.</summary>
    public void Refuse(Exchange exchange, in Outcome outcome)
    {
        var downstream = exchange.Downstream!;
        if (!exchange.IsDownstreamHttp1 && MeshAnswer.IsOfNobody(exchange, outcome))
        {
            downstream.Reset(ErrorCode.RefusedStream);
            exchange.Body.Stop();
            return;
        }

        if (!exchange.Response.IsCommitted)
        {
            worker.Answer.Write(exchange, outcome);
        }
        else if (exchange.IsGrpc && exchange.Stream.Answers.IsBetweenMessages)
        {
            downstream.WriteTrailers(worker.Answer.Trailers(exchange, outcome));
        }
        else
        {
            downstream.Reset(ErrorCode.InternalError); // a message is cut in two: only this says so
        }

        EndRequest(exchange);
    }

    /// <summary>The end of the last attempt's answer in gRPC.</summary>
    public void PassOnLast(Exchange exchange)
    {
        exchange.Response.IsCommitted = true;
        var head = worker.Answer.Alone(exchange.LastAnswer);
        exchange.Route.Rule!.Rewrite?.Response?.ApplyTo(head);
        exchange.Downstream!.WriteHeaders(head, endStream: true);
        EndRequest(exchange);
    }

    /// <summary>What the call's route answers itself, in HTTP.</summary>
    public void OfRoute(Exchange exchange, in Outcome outcome)
    {
        _ofRoute.Write(exchange, outcome);
        EndRequest(exchange);
    }

    /// <summary>That we are here, to who asks whom it meets on the way.</summary>
    public void Here(Exchange exchange)
    {
        exchange.Downstream!.WriteHeaders(worker.Answer.Here(), endStream: true);
        EndRequest(exchange);
    }
}
