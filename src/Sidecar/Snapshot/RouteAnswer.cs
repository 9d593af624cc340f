using System.Text;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Routing;
using Mesh.Policy.Routing.Answers;
using Mesh.Sidecar.Phases;

namespace Mesh.Sidecar.Snapshot;

/// <summary>What a route answers itself, as bytes. Immutable.</summary>
internal sealed class RouteAnswer
{
    private RouteAnswer(AnswerPhase phase) => Phase = phase;

    /// <summary>Gives the answer's statuses.</summary>
    public AnswerPhase Phase { get; }

    /// <summary>Where callers are told to go; null if they are not.</summary>
    public Redirect? Redirect { get; private init; }

    /// <summary>In HTTP.</summary>
    public byte[] Body { get; private init; } = [];

    /// <summary>Of the body.</summary>
    public byte[] ContentType { get; private init; } = [];

    /// <summary>In gRPC; empty is the one of its reason.</summary>
    public byte[] Message { get; private init; } = [];

    /// <summary>Null where the route's calls go somewhere.</summary>
    public static RouteAnswer? Of(RouteOptions route)
    {
        if (route.Redirect is { } redirect)
        {
            var row = Reasons.Of(OutcomeReason.Redirected);
            var phase = new AnswerPhase(row.Value, row.GrpcStatus, redirect.Status);
            return new RouteAnswer(phase) { Redirect = new Redirect(redirect, route.Match) };
        }

        if (route.DirectResponse is not { } response)
        {
            return null;
        }

        return new RouteAnswer(new AnswerPhase(OutcomeReason.DirectResponse, response.Status.Grpc, response.Status.Http))
        {
            Body = Encoding.UTF8.GetBytes(response.Body),
            ContentType = Encoding.UTF8.GetBytes(response.ContentType),
            Message = Encoding.UTF8.GetBytes(response.Message ?? ""),
        };
    }
}
