using Grpc.Core;
using Mesh.ControlPlane.Api;
using Mesh.Messaging.Results;

namespace Mesh.ControlPlane.Broker;

/// <summary>What an engine does not do, as a status; a limit with the option that raises it.</summary>
internal static class Refusals
{
    private static readonly (string Limit, string Option)[] Options =
    [
        ("(MaxMessageBytes)", "message-bytes"), ("(MaxBatch)", "batch"), ("(MaxQueues)", "queues"), ("(MaxGroups)", "groups"),
        ("(MaxNames)", "names"), ("(MaxDiskBytes)", "disk-bytes"), ("(MaxUnwrittenBytes)", "unwritten-bytes"),
    ];

    /// <summary>The value, or the status that says why there is none.</summary>
    /// <exception cref="RpcException">It was refused.</exception>
    public static T OrThrow<T>(this Outcome<T> outcome) => outcome.Refusal is { } refusal ? throw StatusOf(refusal) : outcome.Value!;

    public static RpcException StatusOf(Refusal refusal) => Faults.Of(CodeOf(refusal.Kind), TextOf(refusal));

    /// <summary>What is said to people.</summary>
    public static string TextOf(Refusal refusal)
    {
        foreach (var (limit, option) in Options)
        {
            if (refusal.Message.Contains(limit, StringComparison.Ordinal))
            {
                return refusal.Message.Replace(limit, $"(more by --broker-limits {option}=N of the control plane)", StringComparison.Ordinal);
            }
        }

        return refusal.Message;
    }

    private static StatusCode CodeOf(RefusalKind kind) => kind switch
    {
        RefusalKind.NotFound => StatusCode.NotFound,
        RefusalKind.AlreadyExists => StatusCode.AlreadyExists,
        RefusalKind.InvalidArgument => StatusCode.InvalidArgument,
        RefusalKind.ResourceExhausted => StatusCode.ResourceExhausted,
        RefusalKind.Unavailable => StatusCode.Unavailable,
        _ => StatusCode.DataLoss,
    };
}
