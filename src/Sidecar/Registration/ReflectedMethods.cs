using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Sidecar.Upstream;
using AlphaApi = Grpc.Reflection.V1Alpha;
using StableApi = Grpc.Reflection.V1;

namespace Mesh.Sidecar.Registration;

/// <summary>
/// The methods an app serves, by its own gRPC reflection (grpc.reflection.v1, then v1alpha), if it has that. What an app
/// does not tell is left out without a word: nothing depends on it.
/// </summary>
internal static class ReflectedMethods
{
    /// <summary>Registration waits for it.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private const int MostServices = 200;

    /// <summary>As the registry has it.</summary>
    private const int MostMethods = 10_000;

    /// <summary>Their paths, "/demo.v1.Orders/PlaceOrder"; empty if it does not tell.</summary>
    public static async Task<IReadOnlyList<string>> ReadAsync(Endpoint app, TimeProvider time, Log log, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        using var channel = GrpcChannel.ForAddress($"http://{app.Authority}", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { UseProxy = false, ConnectCallback = PlainConnect.To(app) },
            DisposeHttpClient = true,
        });
        try
        {
            return await ReadV1Async(channel, either.Token)
                ?? await ReadV1AlphaAsync(channel, either.Token);
        }
        catch (Exception) when (!stop.IsCancellationRequested)
        {
            if (limit.IsCancellationRequested)
            {
                log.Info($"the app at {app.Address} has not told its methods within {DurationText.Format(Limit)}; it is registered without them");
            }

            return []; // whatever an app makes of such a question
        }
    }

    /// <summary>Null if it does not have this version.</summary>
    private static async Task<IReadOnlyList<string>?> ReadV1Async(GrpcChannel channel, CancellationToken cancellation)
    {
        using var call = new StableApi.ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(cancellationToken: cancellation);
        try
        {
            var methods = await ReadAsync(
                async () => (await AskAsync(call, new StableApi.ServerReflectionRequest { ListServices = "" }, cancellation))
                    ?.ListServicesResponse?.Service.Select(service => service.Name),
                async name => (await AskAsync(call, new StableApi.ServerReflectionRequest { FileContainingSymbol = name }, cancellation))
                    ?.FileDescriptorResponse?.FileDescriptorProto);
            await HangUpAsync(call, cancellation);
            return methods;
        }
        catch (RpcException failure) when (failure.StatusCode == StatusCode.Unimplemented)
        {
            return null;
        }
    }

    private static async Task<IReadOnlyList<string>> ReadV1AlphaAsync(GrpcChannel channel, CancellationToken cancellation)
    {
        using var call = new AlphaApi.ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(cancellationToken: cancellation);
        var methods = await ReadAsync(
            async () => (await AskAsync(call, new AlphaApi.ServerReflectionRequest { ListServices = "" }, cancellation))
                ?.ListServicesResponse?.Service.Select(service => service.Name),
            async name => (await AskAsync(call, new AlphaApi.ServerReflectionRequest { FileContainingSymbol = name }, cancellation))
                ?.FileDescriptorResponse?.FileDescriptorProto);
        await HangUpAsync(call, cancellation);
        return methods;
    }

    private static async Task<TResponse?> AskAsync<TRequest, TResponse>(
        AsyncDuplexStreamingCall<TRequest, TResponse> call, TRequest request, CancellationToken cancellation)
        where TResponse : class
    {
        await call.RequestStream.WriteAsync(request, cancellation);
        return await call.ResponseStream.MoveNext(cancellation) ? call.ResponseStream.Current : null;
    }

    /// <summary>In order: a call that is cut off is an error in the app's log.</summary>
    private static async Task HangUpAsync<TRequest, TResponse>(AsyncDuplexStreamingCall<TRequest, TResponse> call, CancellationToken cancellation)
    {
        await call.RequestStream.CompleteAsync();
        await call.ResponseStream.MoveNext(cancellation);
    }

    private static async Task<IReadOnlyList<string>> ReadAsync(
        Func<Task<IEnumerable<string>?>> listServices, Func<string, Task<IEnumerable<ByteString>?>> fileOf)
    {
        var paths = new SortedSet<string>(StringComparer.Ordinal);
        var services = await listServices() ?? [];
        foreach (var service in services.Where(IsOwn).Take(MostServices))
        {
            foreach (var file in (await fileOf(service) ?? []).Select(FileDescriptorProto.Parser.ParseFrom))
            {
                paths.UnionWith(MethodsOf(file, service));
            }
        }

        return [.. paths.Take(MostMethods)];
    }

    private static IEnumerable<string> MethodsOf(FileDescriptorProto file, string service)
    {
        var prefix = file.Package.Length == 0 ? "" : file.Package + ".";
        return file.Service.Where(s => prefix + s.Name == service).SelectMany(s => s.Method.Select(m => $"/{service}/{m.Name}"));
    }

    /// <summary>Health and reflection come with every server.</summary>
    private static bool IsOwn(string service) =>
        !service.StartsWith("grpc.reflection.", StringComparison.Ordinal) && !service.StartsWith("grpc.health.", StringComparison.Ordinal);
}
