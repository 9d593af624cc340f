using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;

namespace Mesh.Integration.ControlPlaneApi;

/// <summary>Learns an API from its server alone, as grpcurl does. One caller at a time.</summary>
/// <param name="channel">To the server.</param>
/// <param name="version">"v1" or "v1alpha"; the messages of both are alike.</param>
internal sealed class ReflectionClient(ChannelBase channel, string version)
{
    private readonly Dictionary<string, FileDescriptorProto> _files = [];

    /// <summary>Full names.</summary>
    public async Task<IReadOnlyList<string>> ListServicesAsync(CancellationToken cancellation)
    {
        var response = await AskAsync(new ServerReflectionRequest { ListServices = "" }, cancellation);
        return [.. response.ListServicesResponse.Service.Select(service => service.Name)];
    }

    /// <summary>A service with its methods and their messages.</summary>
    public async Task<ServiceDescriptor> DescribeAsync(string service, CancellationToken cancellation)
    {
        var response = await AskAsync(new ServerReflectionRequest { FileContainingSymbol = service }, cancellation);
        Keep(response);
        while (Missing() is { } name)
        {
            Keep(await AskAsync(new ServerReflectionRequest { FileByFilename = name }, cancellation));
        }

        var ordered = new List<FileDescriptorProto>();
        foreach (var file in _files.Values)
        {
            AddWithDependencies(file, ordered);
        }

        var built = FileDescriptor.BuildFromByteStrings(ordered.Select(file => file.ToByteString()));
        return built.SelectMany(file => file.Services).Single(candidate => candidate.FullName == service);
    }

    private async Task<ServerReflectionResponse> AskAsync(ServerReflectionRequest request, CancellationToken cancellation)
    {
        var method = new Method<ServerReflectionRequest, ServerReflectionResponse>(
            MethodType.DuplexStreaming,
            $"grpc.reflection.{version}.ServerReflection",
            "ServerReflectionInfo",
            new Marshaller<ServerReflectionRequest>(message => message.ToByteArray(), ServerReflectionRequest.Parser.ParseFrom),
            new Marshaller<ServerReflectionResponse>(message => message.ToByteArray(), ServerReflectionResponse.Parser.ParseFrom));
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(method, null, new CallOptions(cancellationToken: cancellation));
        await call.RequestStream.WriteAsync(request, cancellation);
        Assert.True(await call.ResponseStream.MoveNext(cancellation));
        var response = call.ResponseStream.Current;
        Assert.True(response.ErrorResponse is null, response.ErrorResponse?.ErrorMessage);
        await call.RequestStream.CompleteAsync();
        return response;
    }

    private void Keep(ServerReflectionResponse response)
    {
        foreach (var bytes in response.FileDescriptorResponse.FileDescriptorProto)
        {
            var file = FileDescriptorProto.Parser.ParseFrom(bytes);
            _files[file.Name] = file;
        }
    }

    private string? Missing() =>
        _files.Values.SelectMany(file => file.Dependency).FirstOrDefault(name => !_files.ContainsKey(name));

    private void AddWithDependencies(FileDescriptorProto file, List<FileDescriptorProto> into)
    {
        if (into.Contains(file))
        {
            return;
        }

        foreach (var name in file.Dependency)
        {
            AddWithDependencies(_files[name], into);
        }

        into.Add(file);
    }
}
