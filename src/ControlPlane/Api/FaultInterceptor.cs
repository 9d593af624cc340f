using Grpc.Core;
using Grpc.Core.Interceptors;
using Mesh.ControlPlane.Store;
using Mesh.Hosting;

namespace Mesh.ControlPlane.Api;

/// <summary>
/// Says in the API's words what else than a status a call may end with, of every method, also of those that are not ours
/// (health, reflection). What is left is a defect of ours: the caller learns that, and the log where.
/// </summary>
internal sealed class FaultInterceptor(TimeProvider time, ILogger<FaultInterceptor> log) : Interceptor
{
    // With the stack of one of them all are found.
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly RareLine _defects = new(time, Interval);

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception fault) when (fault is not RpcException)
        {
            throw Of(fault, context);
        }
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(requestStream, context);
        }
        catch (Exception fault) when (fault is not RpcException)
        {
            throw Of(fault, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception fault) when (fault is not RpcException)
        {
            throw Of(fault, context);
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
        catch (Exception fault) when (fault is not RpcException)
        {
            throw Of(fault, context);
        }
    }

    private RpcException Of(Exception fault, ServerCallContext context)
    {
        switch (fault)
        {
            case StoreException refused:
                return Faults.Of(refused.Fault is StoreFault.Full or StoreFault.TooLarge ? StatusCode.ResourceExhausted : StatusCode.Unavailable, refused.Message);
            // Reading and writing fail so when the client is gone; that the call is cancelled may be known a little later.
            case IOException or OperationCanceledException:
            case InvalidOperationException when context.CancellationToken.IsCancellationRequested:
                return Faults.Of(StatusCode.Cancelled, "the client is gone");
            default:
                if (_defects.IsDue(out var more))
                {
                    log.LogError(fault, "{Method}: a defect of ours{More}", context.Method, more);
                }

                return Faults.Of(StatusCode.Internal, "a defect of the control plane; its log says more");
        }
    }
}
