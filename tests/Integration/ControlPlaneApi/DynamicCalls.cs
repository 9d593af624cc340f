using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Mesh.Integration.ControlPlaneApi;

/// <summary>Calls of a service that is known by its descriptor only, with JSON in and out.</summary>
internal sealed class DynamicCalls(ChannelBase channel, ServiceDescriptor service)
{
    public async Task<JsonObject> UnaryAsync(string method, string request, CancellationToken cancellation)
    {
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(Method(method, MethodType.Unary), null, new(cancellationToken: cancellation), Parse(request));
        return await call;
    }

    public async IAsyncEnumerable<JsonObject> ServerStreamAsync(
        string method, string request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var call = channel.CreateCallInvoker().AsyncServerStreamingCall(
            Method(method, MethodType.ServerStreaming), null, new(cancellationToken: cancellation), Parse(request));
        await foreach (var message in call.ResponseStream.ReadAllAsync(cancellation))
        {
            yield return message;
        }
    }

    public AsyncDuplexStreamingCall<JsonObject, JsonObject> Bidi(string method, CancellationToken cancellation) =>
        channel.CreateCallInvoker().AsyncDuplexStreamingCall(Method(method, MethodType.DuplexStreaming), null, new(cancellationToken: cancellation));

    public static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    private Method<JsonObject, JsonObject> Method(string name, MethodType type)
    {
        var method = service.FindMethodByName(name);
        Assert.Equal(
            (type is MethodType.DuplexStreaming, type is MethodType.DuplexStreaming or MethodType.ServerStreaming),
            (method.IsClientStreaming, method.IsServerStreaming));
        return new(
            type,
            service.FullName,
            name,
            new(json => DynamicMessages.ToBytes(method.InputType, json), _ => throw new NotSupportedException()),
            new(_ => throw new NotSupportedException(), bytes => DynamicMessages.ToJson(method.OutputType, bytes)));
    }
}
