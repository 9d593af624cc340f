using Mesh.ControlPlane.Broker;
using Mesh.ControlPlane.Broker.Http;
using Mesh.ControlPlane.Listening;
using Mesh.ControlPlane.Replicas;
using Mesh.ControlPlane.Store;
using Mesh.Hosting;

namespace Mesh.ControlPlane.Admin;

/// <summary>The pages of the HTTP listener.</summary>
internal sealed class AdminPages(MetricsText metrics, Readiness readiness, Journal journal, Replica replica, MessagePages messages, MessageBroker broker, PageGuard guard, TimeProvider time)
{
    private const string Index = """
        mesh-control-plane
          /livez    200 while the process runs
          /readyz   200 when it can serve, 503 while it starts or drains; says so when the store takes no writes (FROZEN: it is shared, and out of reach)
          /metrics  Prometheus text
          /v1/events, /v1/queues/NAME/…  events and queues: docs/messaging.md
        The API is gRPC (cleartext HTTP/2) on the --grpc address, with reflection and grpc.health.v1: mesh.v1.Registry,
        mesh.v1.Config, mesh.v1.Discovery, mesh.v1.Events, mesh.v1.Queues.

        """;

    public async Task HandleAsync(HttpContext context)
    {
        var place = context.Features.Get<Place>();
        place?.Hold();
        try
        {
            await AnswerAsync(context);
        }
        finally
        {
            place?.Release(time.GetTimestamp());
        }
    }

    private Task AnswerAsync(HttpContext context)
    {
        foreach (var (name, value) in PageGuard.Headers)
        {
            context.Response.Headers[name] = value;
        }

        if (guard.WhyRefused(context.Request.Host.Host, context.Connection.LocalIpAddress) is { } why)
        {
            return Answer(context, PageGuard.MisdirectedRequest, why + "\n");
        }

        if (MessagePages.IsMeant(context))
        {
            return messages.HandleAsync(context, isBelieved: false);
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return Answer(context, StatusCodes.Status405MethodNotAllowed, $"{context.Request.Path}: GET only\n");
        }

        return context.Request.Path.Value switch
        {
            "/" => Answer(context, StatusCodes.Status200OK, Index),
            "/livez" => Answer(context, StatusCodes.Status200OK, "ok\n"),
            "/readyz" => Answer(context, readiness.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, State + "\n"),
            "/metrics" => Answer(context, StatusCodes.Status200OK, metrics.Write(), "text/plain; version=0.0.4; charset=utf-8"),
            _ => Answer(context, StatusCodes.Status404NotFound, "there is no such page; / lists them\n"),
        };
    }

    // It is ready all the same: whoever takes it out for that takes discovery from sidecars, which it still can do.
    private string State => !readiness.IsReady ? readiness.State
        : replica.Frozen is { } frozen ? $"{readiness.State}, but FROZEN: {frozen}; what is known is served on, nothing is removed, no change is taken"
        : journal.Fault is { } fault ? $"{readiness.State}, but no change can be stored: {fault}"
        : broker.Opened?.Fault is { } full ? $"{readiness.State}, but no event or message can be stored: {full}"
        : readiness.State;

    private static Task Answer(HttpContext context, int status, string body, string type = "text/plain; charset=utf-8")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        return context.Response.WriteAsync(body, context.RequestAborted);
    }
}
