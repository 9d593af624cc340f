using Grpc.Core;

namespace Mesh.DemoServices;

/// <summary>The errors the services answer with. gRPC for ASP.NET Core takes a status as an exception, nothing else.</summary>
internal static class Refusal
{
    public static RpcException NotFound(string detail) => new(new Status(StatusCode.NotFound, detail));

    public static RpcException Invalid(string detail) => new(new Status(StatusCode.InvalidArgument, detail));

    public static RpcException Declined(string detail) => new(new Status(StatusCode.FailedPrecondition, detail));

    /// <summary>What a called service answered, passed on with its name in front.</summary>
    public static RpcException From(string service, RpcException error) =>
        new(new Status(error.StatusCode, $"{service}: {error.Status.Detail}"));
}
