using Grpc.Core;
using Grpc.Core.Interceptors;
using Mesh.ControlPlane.Api;
using Mesh.V1;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.ControlPlane.Shares;

/// <summary>Has each call whose answer may be large take a place among <see cref="ListPlaces"/> until the answer is read.</summary>
internal sealed class ListInterceptor(ListPlaces places) : Interceptor
{
    // RFC 9113, section 7. One who does not read does not read a status either; clients take this for RESOURCE_EXHAUSTED.
    private const int EnhanceYourCalm = 0xb;

    private static readonly HashSet<Type> Large =
    [
        typeof(ListServicesResponse), typeof(ListInstancesResponse), typeof(GetServiceResponse),
        typeof(ListConfigResponse), typeof(ConfigResource), typeof(ApplyResponse),
    ];

    private static readonly object IsHeld = new();

    /// <summary>
    /// A step before all methods. An answer is whole when its call returns, but in a buffer of its stream: only the wait for room
    /// in it tells that most was read. A status alone is left to go in one frame with the end of the stream (Trailers-Only of gRPC's
    /// protocol): sent before the end, it is none to clients other than .NET's.
    /// </summary>
    public static async Task ReadAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (context.Items.ContainsKey(IsHeld))
        {
            await ((Task)context.Response.BodyWriter.FlushAsync(context.RequestAborted).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        if (!Large.Contains(typeof(TResponse)))
        {
            return await continuation(request, context);
        }

        var call = context.GetHttpContext();
        var reset = call.Features.Get<IHttpResetFeature>();
        var place = await places.EnterAsync(ConnectionShares.Of(call), () => reset?.Reset(EnhanceYourCalm), context.CancellationToken)
            ?? throw Faults.Exhausted($"{ListPlaces.Most} lists are under way, and no more may be: try again");
        call.Response.OnCompleted(() =>
        {
            place.Dispose();
            return Task.CompletedTask;
        });
        var answer = await continuation(request, context);
        call.Items[IsHeld] = true;
        return answer;
    }
}
