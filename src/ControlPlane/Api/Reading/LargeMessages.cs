using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.ControlPlane.Api.Reading;

/// <summary>
/// What is said to those who send a message above <see cref="MaxBytes"/>. The server refuses it by its length, before it is
/// read, in words that name neither the limit nor a way out; those are replaced here. A step before all gRPC methods. Any thread.
/// </summary>
internal static class LargeMessages
{
    /// <summary>A message's bytes, unpacked if it was packed. What gRPC's clients take as well by default.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    private const string Status = "grpc-status";
    private const string Message = "grpc-message";
    private const string ServersWords = "Received message exceeds";

    private static readonly string Exhausted = $"{(int)StatusCode.ResourceExhausted}";

    private static readonly string Answer =
        $"the message has more than {MaxBytes} bytes, the most that one may have here: send what it holds in several (Apply: fewer resources at once)";

    public static async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        // A call that has answered nothing yet ends with its headers, any other with trailers.
        var end = context.Response.HasStarted ? context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers : context.Response.Headers;
        if (end is not null && end[Status] == Exhausted && end[Message].ToString().StartsWith(ServersWords, StringComparison.Ordinal))
        {
            end[Message] = Answer;
        }
    }
}
