using Grpc.Core;
using Mesh.ControlPlane.Api;

namespace Mesh.ControlPlane.Broker.Http;

/// <summary>Events and queues for whoever has HTTP and nothing else, on both listeners: under /v1. Any thread.</summary>
internal sealed class MessagePages(EventPages events, QueuePages queues, ILogger<MessagePages> log)
{
    private static readonly PathString Root = "/v1";

    /// <summary>Whether a request is for these.</summary>
    public static bool IsMeant(HttpContext context) => context.Request.Path.StartsWithSegments(Root, StringComparison.Ordinal);

    /// <param name="context">The request.</param>
    /// <param name="isBelieved">Whether it came where sidecars call, who say for whom they speak.</param>
    public async Task HandleAsync(HttpContext context, bool isBelieved)
    {
        try
        {
            // A page in a browser may have it send such a request to this machine without asking (no-cors).
            if (!isBelieved && context.Request.Headers.Origin.Count != 0)
            {
                await Problem.AnswerAsync(context, StatusCodes.Status403Forbidden, "pages in browsers are not served here; call through a sidecar");
                return;
            }

            await RouteAsync(context, Publisher.Of(context.Request, isBelieved));
        }
        catch (RpcException fault)
        {
            await Problem.AnswerAsync(context, fault);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            context.Abort();
        }
        catch (Exception defect) when (defect is not BadHttpRequestException)
        {
            log.LogError(defect, "{Path}: a defect of ours", context.Request.Path);
            await Problem.AnswerAsync(context, StatusCodes.Status500InternalServerError, "a defect of the control plane; its log says more");
        }
    }

    private Task RouteAsync(HttpContext context, Publisher caller)
    {
        var method = context.Request.Method;
        // A queue's name may have slashes, in the path as %2F.
        string[] parts = [.. context.Request.Path.Value!.Split('/').Skip(2)];
        return (method, parts) switch
        {
            ("POST", ["events"]) => events.PublishAsync(context, caller),
            ("GET", ["events"]) => events.QueryAsync(context),
            ("GET", ["events", "stream"]) => events.StreamAsync(context),
            ("PUT", ["queues", var queue]) => queues.CreateAsync(context, Name(queue)),
            ("POST", ["queues", var queue, "messages"]) => queues.PublishAsync(context, Name(queue), caller),
            ("POST", ["queues", var queue, "receive"]) => queues.ReceiveAsync(context, Name(queue), caller),
            ("POST", ["queues", var queue, "ack"]) => queues.AckAsync(context, Name(queue)),
            ("POST", ["queues", var queue, "nack"]) => queues.NackAsync(context, Name(queue)),
            _ => Problem.AnswerAsync(context, StatusCodes.Status404NotFound,
                $"there is no {Shown.Text(method)} {Shown.Text(context.Request.Path.Value)} here: POST and GET /v1/events, GET /v1/events/stream, "
                + "PUT /v1/queues/NAME, POST /v1/queues/NAME/messages, receive, ack and nack"),
        };
    }

    private static string Name(string part) => Uri.UnescapeDataString(part);
}
