using System.Text.Json;
using Grpc.Core;
using Microsoft.AspNetCore.WebUtilities;

namespace Mesh.ControlPlane.Broker.Http;

/// <summary>What went wrong, as RFC 9457 has it: a JSON document that says the same as the status of gRPC would.</summary>
internal static class Problem
{
    public static Task AnswerAsync(HttpContext context, RpcException fault) =>
        AnswerAsync(context, StatusOf(fault.StatusCode), fault.Status.Detail, NameOf(fault.StatusCode));

    public static async Task AnswerAsync(HttpContext context, int status, string detail, string code = "")
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, MessageJson.Readable);
        json.WriteStartObject();
        json.WriteString("title", ReasonPhrases.GetReasonPhrase(status));
        json.WriteNumber("status", status);
        json.WriteString("detail", detail);
        if (code.Length != 0)
        {
            json.WriteString("code", code);
        }

        json.WriteEndObject();
    }

    // As gRPC writes it: NOT_FOUND.
    private static string NameOf(StatusCode code) =>
        string.Concat(code.ToString().Select((letter, i) => i != 0 && char.IsAsciiLetterUpper(letter) ? $"_{letter}" : $"{char.ToUpperInvariant(letter)}"));

    private static int StatusOf(StatusCode code) => code switch
    {
        StatusCode.InvalidArgument => StatusCodes.Status400BadRequest,
        StatusCode.NotFound => StatusCodes.Status404NotFound,
        StatusCode.AlreadyExists => StatusCodes.Status409Conflict,
        StatusCode.FailedPrecondition => StatusCodes.Status412PreconditionFailed,
        StatusCode.ResourceExhausted => StatusCodes.Status429TooManyRequests,
        StatusCode.DeadlineExceeded => StatusCodes.Status504GatewayTimeout,
        StatusCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
        StatusCode.Cancelled => StatusCodes.Status499ClientClosedRequest,
        _ => StatusCodes.Status500InternalServerError,
    };
}
