using Grpc.Net.Client;

namespace Mesh.Cli.Verbs;

/// <summary>What a verb talks to the control plane with, for as long as <c>--timeout</c> says. One caller at a time.</summary>
internal sealed class Conversation(GrpcChannel channel, CancellationTokenSource limit)
{
    public GrpcChannel Channel => channel;

    /// <summary>Ends every call: at Ctrl-C, and when the time is up.</summary>
    public CancellationToken Cancellation => limit.Token;

    /// <summary>From here on time has no bound: what was waited for has come, and the rest comes when it happens.</summary>
    public void HasAnswered() => limit.CancelAfter(Timeout.InfiniteTimeSpan);
}
