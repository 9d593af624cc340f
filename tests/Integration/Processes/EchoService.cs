using Google.Protobuf;
using Grpc.Core;
using Mesh.Integration.V1;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Integration.Processes;

/// <summary>Does what each call's behaviour says, see echo.proto.</summary>
internal sealed class EchoService(EchoServer server, EchoCounts counts) : Echo.EchoBase
{
    public override Task<EchoReply> Unary(EchoRequest request, ServerCallContext context) => Count(context, async () =>
    {
        var behaviour = request.Behaviour ?? new Behaviour();
        await Begin(behaviour, context);
        End(behaviour, context);
        var reply = Reply(request, behaviour, context);
        reply.Requests = 1;
        reply.Bytes = (ulong)request.Payload.Length;
        return reply;
    });

    public override Task ServerStream(EchoRequest request, IServerStreamWriter<EchoReply> responses, ServerCallContext context) =>
        Count(context, async () =>
        {
            var behaviour = request.Behaviour ?? new Behaviour();
            await Begin(behaviour, context);
            var count = behaviour.StatusAfter > 0 ? behaviour.StatusAfter : behaviour.Replies;
            var reply = Reply(request, behaviour, context);
            for (uint i = 0; i < count; i++)
            {
                reply.Index = i;
                await responses.WriteAsync(reply, context.CancellationToken);
            }

            End(behaviour, context);
            return true;
        });

    public override Task<EchoReply> ClientStream(IAsyncStreamReader<EchoRequest> requests, ServerCallContext context) =>
        Count(context, async () =>
        {
            Behaviour? behaviour = null;
            ulong count = 0, bytes = 0;
            while (await requests.MoveNext(context.CancellationToken))
            {
                if (behaviour is null)
                {
                    behaviour = requests.Current.Behaviour ?? new Behaviour();
                    await Begin(behaviour, context);
                }

                count++;
                bytes += (ulong)requests.Current.Payload.Length;
                if (count == behaviour.StatusAfter)
                {
                    break;
                }
            }

            behaviour ??= new Behaviour();
            End(behaviour, context);
            var reply = Reply(new EchoRequest(), behaviour, context);
            reply.Requests = count;
            reply.Bytes = bytes;
            return reply;
        });

    public override Task Bidi(
        IAsyncStreamReader<EchoRequest> requests, IServerStreamWriter<EchoReply> responses, ServerCallContext context) =>
        Count(context, async () =>
        {
            Behaviour? behaviour = null;
            ulong count = 0;
            while (await requests.MoveNext(context.CancellationToken))
            {
                if (behaviour is null)
                {
                    behaviour = requests.Current.Behaviour ?? new Behaviour();
                    await Begin(behaviour, context);
                }

                var reply = Reply(requests.Current, behaviour, context);
                reply.Index = count++;
                reply.Bytes = (ulong)requests.Current.Payload.Length;
                await responses.WriteAsync(reply, context.CancellationToken);
                if (count == behaviour.StatusAfter)
                {
                    break;
                }
            }

            End(behaviour ?? new Behaviour(), context);
            return true;
        });

    private async Task<T> Count<T>(ServerCallContext context, Func<Task<T>> call)
    {
        counts.Begin();
        var isCancelled = false;
        try
        {
            return await call();
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // A read may hear of the reset before the call's token does.
            isCancelled = true;
            throw;
        }
        finally
        {
            counts.End(isCancelled || context.CancellationToken.IsCancellationRequested);
        }
    }

    private static async Task Begin(Behaviour behaviour, ServerCallContext context)
    {
        if (behaviour.EchoMetadata)
        {
            var headers = new Metadata();
            foreach (var entry in context.RequestHeaders.Where(e => e.Key.StartsWith("x-", StringComparison.Ordinal)))
            {
                headers.Add(entry);
                var trailer = entry.IsBinary ? entry.Key[..^"-bin".Length] + "-t-bin" : entry.Key + "-t";
                context.ResponseTrailers.Add(entry.IsBinary ? new(trailer, entry.ValueBytes) : new Metadata.Entry(trailer, entry.Value));
            }

            await context.WriteResponseHeadersAsync(headers);
        }

        foreach (var (key, value) in behaviour.Trailers)
        {
            context.ResponseTrailers.Add(key, value);
        }

        if (behaviour.HeadFirst)
        {
            await context.WriteResponseHeadersAsync([]);
        }

        if (behaviour.Hang)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
        }

        if (behaviour.DelayMs > 0)
        {
            await Task.Delay((int)behaviour.DelayMs, context.CancellationToken);
        }
    }

    private void End(Behaviour behaviour, ServerCallContext context)
    {
        if (behaviour.ResetCodePlusOne > 0)
        {
            context.GetHttpContext().Features.Get<IHttpResetFeature>()!.Reset((int)behaviour.ResetCodePlusOne - 1);
        }

        var count = behaviour.Key.Length > 0 ? counts.CountKey(behaviour.Key) : 1;
        if (behaviour.Status != 0 && (behaviour.FailFirst == 0 || count <= behaviour.FailFirst))
        {
            throw new RpcException(new Status((StatusCode)behaviour.Status, behaviour.StatusMessage));
        }
    }

    private EchoReply Reply(EchoRequest request, Behaviour behaviour, ServerCallContext context)
    {
        var headers = context.GetHttpContext().Request.Headers;
        return new EchoReply
        {
            Instance = server.Name,
            Payload = behaviour.ReplyBytes > 0 ? ByteString.CopyFrom(new byte[behaviour.ReplyBytes]) : request.Payload,
            Timeout = headers["grpc-timeout"].ToString(),
            PreviousAttempts = headers["grpc-previous-rpc-attempts"].ToString(),
            Authority = context.Host,
        };
    }
}
