using Google.Protobuf;
using Grpc.Core;
using Mesh.ControlPlane.Admin;
using Mesh.Hosting;

namespace Mesh.ControlPlane.Api.Reading;

/// <summary>
/// What is said to those who send what is no message of the method they call. The server would call it an exception of a
/// handler's, UNKNOWN, and log its stack, each time. Any thread.
/// </summary>
internal sealed class UnreadableMessages(TimeProvider time, Counters counters, ILogger<UnreadableMessages> log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly RareLine _line = new(time, Interval);

    /// <summary>The method with a reader of requests that says so.</summary>
    public Method<TRequest, TResponse> Guard<TRequest, TResponse>(Method<TRequest, TResponse> method)
    {
        var read = method.RequestMarshaller.ContextualDeserializer;
        var guarded = new Marshaller<TRequest>(method.RequestMarshaller.ContextualSerializer, context =>
        {
            try
            {
                return read(context);
            }
            catch (InvalidProtocolBufferException unreadable)
            {
                throw Of($"the message is no {typeof(TRequest).Name} of {method.FullName}: {unreadable.Message}");
            }
        });
        return new Method<TRequest, TResponse>(method.Type, method.ServiceName, method.Name, guarded, method.ResponseMarshaller);
    }

    /// <summary>INTERNAL, which gRPC has for requests that cannot be parsed; counted, and logged now and then.</summary>
    public RpcException Of(string what)
    {
        counters.MessageUnreadable();
        if (_line.IsDue(out var more))
        {
            log.LogWarning("refused: {What}{More}", what, more);
        }

        return Faults.Unreadable(what);
    }
}
