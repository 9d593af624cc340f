using Grpc.Core;
using Grpc.Net.Client;
using Mesh.V1;

namespace Mesh.Cli.Demo;

/// <summary>The demo's events and queues, as the control plane has them. Any thread.</summary>
internal sealed class MessagingView(Uri controlPlane) : IDisposable
{
    public const string OrderCreated = "order.created";
    public const string EmailSent = "email.sent";

    private const string Group = "notifications";
    private const ulong Kept = 1_000_000;
    private const int Page = 1000;

    private static readonly string[] Names = ["email", "notification"];

    private readonly GrpcChannel _channel = DirectChannel.To(controlPlane);

    private Events.EventsClient Events => new(_channel);

    private Queues.QueuesClient Queues => new(_channel);

    /// <summary>All orders and e-mails of a run are kept, so that they can be counted.</summary>
    public async Task KeepAllAsync(CancellationToken cancellation)
    {
        foreach (var type in (string[])[OrderCreated, EmailSent])
        {
            await Events.SetRetentionAsync(new SetRetentionRequest { Type = type, Count = Kept }, cancellationToken: cancellation);
        }
    }

    /// <summary>How often there is an event of a type about each of its correlation ids.</summary>
    public async Task<Dictionary<string, int>> CountAsync(string type, CancellationToken cancellation)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var request = new QueryEventsRequest { Filter = new EventFilter { Types_ = { type } }, PageSize = Page };
        do
        {
            var page = await Events.QueryAsync(request, cancellationToken: cancellation);
            foreach (var one in page.Events)
            {
                counts[one.CorrelationId] = counts.GetValueOrDefault(one.CorrelationId) + 1;
            }

            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length != 0);
        return counts;
    }

    /// <summary>Whether all that was published has been worked on, or is a dead letter.</summary>
    public async Task<bool> IsSettledAsync(CancellationToken cancellation)
    {
        var group = await GroupAsync(cancellation);
        if (group is null || group.Stats.Behind + Open(group.Stats) != 0)
        {
            return false;
        }

        var queues = await ListAsync(cancellation);
        return queues.Count == Names.Length && queues.All(queue => Open(queue.Stats) == 0);
    }

    /// <summary>Dead letters of a queue, with the reasons.</summary>
    public async Task<IReadOnlyList<HeldMessage>> DeadAsync(string queue, CancellationToken cancellation) =>
        (await Queues.PeekAsync(new PeekRequest { Queue = queue, Phase = MessagePhase.Dead }, cancellationToken: cancellation)).Messages;

    /// <summary>In a line; what cannot be had now is left out.</summary>
    public async Task<string> LineAsync(CancellationToken cancellation)
    {
        try
        {
            var group = await GroupAsync(cancellation);
            var queues = await ListAsync(cancellation);
            return string.Join("  ", queues.Select(queue => $"{queue.Name}: {Open(queue.Stats)} open, {queue.Stats.Acknowledged} done, {queue.Stats.Dead} dead")
                .Prepend($"events: {group?.Stats.Position ?? 0}, {group?.Stats.Behind ?? 0} to take"));
        }
        catch (RpcException)
        {
            return "";
        }
    }

    public void Dispose() => _channel.Dispose();

    private async Task<Group?> GroupAsync(CancellationToken cancellation) =>
        (await Events.ListGroupsAsync(new ListGroupsRequest(), cancellationToken: cancellation)).Groups.FirstOrDefault(group => group.Name == Group);

    private async Task<IReadOnlyList<Queue>> ListAsync(CancellationToken cancellation) =>
        [.. (await Queues.ListAsync(new ListQueuesRequest(), cancellationToken: cancellation)).Queues.Where(queue => Names.Contains(queue.Name))];

    private static ulong Open(BacklogStats stats) => stats.Ready + stats.Leased + stats.Delayed + stats.Waiting;
}
