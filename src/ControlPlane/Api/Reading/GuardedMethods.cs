using System.Reflection;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;

namespace Mesh.ControlPlane.Api.Reading;

/// <summary>
/// Maps the methods of a gRPC service, whosever it is, with <see cref="UnreadableMessages"/> before them: requests are read
/// before any interceptor is asked. In place of the server's own provider, which does the same without.
/// </summary>
internal sealed class GuardedMethods<TService>(UnreadableMessages unreadable) : IServiceMethodProvider<TService>
    where TService : class
{
    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<TService> context)
    {
        // Generated services name the class that knows their methods.
        var mark = typeof(TService).GetCustomAttribute<BindServiceMethodAttribute>(inherit: true)
            ?? throw new InvalidOperationException($"{typeof(TService)} is no generated service");
        var bind = mark.BindType.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.NonPublic)
            .Single(method => method.Name == mark.BindMethodName && method.GetParameters() is [{ } binder, _] && binder.ParameterType == typeof(ServiceBinderBase));
        bind.Invoke(null, [new Binder(context, unreadable), null]);
    }

    private sealed class Binder(ServiceMethodProviderContext<TService> context, UnreadableMessages unreadable) : ServiceBinderBase
    {
        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, Grpc.Core.UnaryServerMethod<TRequest, TResponse>? handler) =>
            context.AddUnaryMethod(
                unreadable.Guard(method), [], Open<Grpc.AspNetCore.Server.Model.UnaryServerMethod<TService, TRequest, TResponse>>(method.Name));

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, Grpc.Core.ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
            context.AddServerStreamingMethod(
                unreadable.Guard(method), [], Open<Grpc.AspNetCore.Server.Model.ServerStreamingServerMethod<TService, TRequest, TResponse>>(method.Name));

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, Grpc.Core.ClientStreamingServerMethod<TRequest, TResponse>? handler) =>
            context.AddClientStreamingMethod(
                unreadable.Guard(method), [], Open<Grpc.AspNetCore.Server.Model.ClientStreamingServerMethod<TService, TRequest, TResponse>>(method.Name));

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, Grpc.Core.DuplexStreamingServerMethod<TRequest, TResponse>? handler) =>
            context.AddDuplexStreamingMethod(
                unreadable.Guard(method), [], Open<Grpc.AspNetCore.Server.Model.DuplexStreamingServerMethod<TService, TRequest, TResponse>>(method.Name));

        // The service is made when it is called.
        private static TDelegate Open<TDelegate>(string name)
            where TDelegate : Delegate
        {
            var parameters = typeof(TDelegate).GetMethod("Invoke")!.GetParameters();
            return typeof(TService).GetMethod(name, [.. parameters.Skip(1).Select(parameter => parameter.ParameterType)])!.CreateDelegate<TDelegate>();
        }
    }
}
