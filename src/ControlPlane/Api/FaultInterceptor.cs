using Grpc.Core;
using Grpc.Core.Interceptors;
using Mesh.ControlPlane.Store;

namespace Mesh.ControlPlane.Api;

/// <summary>Says in the API's words what else than a status a call may end with.</summary>
internal sealed class FaultInterceptor : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (StoreException refused)
        {
            throw Of(refused);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context);
        }
        catch (StoreException refused)
        {
            throw Of(refused);
        }
    }

    private static RpcException Of(StoreException refused) => new(new Status(
        refused.Fault == StoreFault.Full ? StatusCode.ResourceExhausted : StatusCode.Unavailable, refused.Message));
}
