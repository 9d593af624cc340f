using Google.Protobuf.WellKnownTypes;
using Mesh.V1;

namespace Mesh.Cli.Demo;

/// <summary>
/// How callers treat users in the demo. Reading a user is safe to repeat, so a call that was under way on an instance
/// that dies is tried again on another; that is what lets no call fail when one is killed.
/// </summary>
internal static class UsersPolicy
{
    private static ConfigResource Resource { get; } = new()
    {
        Service = "users",
        Config = new ServiceConfig
        {
            Timeouts = new Timeouts { Request = Duration.FromTimeSpan(TimeSpan.FromSeconds(5)) },
            Retry = new Retry
            {
                MaxAttempts = 3,
                Codes = { "UNAVAILABLE" },
                Methods = { "/demo.v1.Users/" },
            },
        },
    };

    public static async Task ApplyAsync(Uri controlPlane, CancellationToken cancellation)
    {
        using var channel = DirectChannel.To(controlPlane);
        var request = new ApplyRequest { Resources = { Resource } };
        await new Config.ConfigClient(channel).ApplyAsync(request, cancellationToken: cancellation);
    }
}
