using Google.Protobuf.WellKnownTypes;
using Mesh.V1;

namespace Mesh.Cli.Demo;

/// <summary>
/// How callers treat users in the demo. Reading a user is safe to repeat, so a call that was under way on an instance
/// that dies is tried again on another; that is what lets no call fail when one is killed.
/// </summary>
internal static class UsersPolicy
{
    /// <summary>Far above what it takes, so that a control plane which hangs is a failure rather than a wait for ever.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static ConfigResource Resource { get; } = new()
    {
        Service = "users",
        Config = new ServiceConfig
        {
            // A bound on what hangs: on a busy machine a process that has just started may take seconds to answer.
            Timeouts = new Timeouts { Request = Duration.FromTimeSpan(TimeSpan.FromSeconds(30)) },
            Retry = new Retry
            {
                MaxAttempts = 3,
                Codes = { "UNAVAILABLE" },
                Methods = { "/demo.v1.Users/" },
                // All calls under way on the instance at once: on a slow machine they are more than 20 % of the few there are.
                Budget = new RetryBudget { MinPerSecond = 100 },
            },
        },
    };

    /// <exception cref="Grpc.Core.RpcException">The control plane refuses it, or says nothing.</exception>
    public static async Task ApplyAsync(Uri controlPlane, TimeProvider time, CancellationToken cancellation)
    {
        using var channel = DirectChannel.To(controlPlane);
        var request = new ApplyRequest { Resources = { Resource } };
        await new Config.ConfigClient(channel).ApplyAsync(request, deadline: (time.GetUtcNow() + Limit).UtcDateTime, cancellationToken: cancellation);
    }
}
