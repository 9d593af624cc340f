using System.CommandLine;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Cli.Output;
using Mesh.Hosting;
using Mesh.V1;

namespace Mesh.Cli.Verbs.Messaging;

/// <summary><c>meshctl queues create|list|stats|peek|send|receive|purge|redrive|delete</c>.</summary>
internal static class QueuesVerb
{
    private static readonly (string Name, MessagePhase Phase)[] Phases =
    [
        ("ready", MessagePhase.Ready), ("leased", MessagePhase.Leased), ("retrying", MessagePhase.Retrying),
        ("waiting", MessagePhase.Waiting), ("scheduled", MessagePhase.Scheduled), ("dead", MessagePhase.Dead),
    ];

    public static Command Build() => new("queues", "Makes queues, shows them and what is in them, sends and receives.")
    {
        Create(), List(), Stats(), Peek(), SendVerb.Build(), ReceiveVerb.Build(), Purge(), Redrive(), Delete(),
    };

    private static Command Create()
    {
        var queue = MessagingOptions.Queue();
        var lease = MessagingOptions.Time("--lease", "30s", "How long a consumer may keep a message without a word, 1s to 12h.");
        var deliveries = MessagingOptions.Number("--max-deliveries", 1, 1000, "10", "Deliveries before a message is a dead letter.");
        var length = MessagingOptions.Number("--max-length", 1, 100_000_000, "1000000", "Messages that it may hold.");
        var change = new Flag("--configure", "Changes the one that is there.");
        var verb = new Command("create", "Makes a queue: meshctl queues create email --max-deliveries 3.") { queue, lease.Symbol, deliveries.Symbol, length.Symbol, change };
        return Asking<Queue>(verb, (queues, parsed, talk) =>
        {
            var options = new QueueOptions
            {
                Rules = new DeliveryRules { Lease = lease.Get(parsed).ToDuration(), MaxDeliveries = (uint)deliveries.Get(parsed) },
                MaxLength = (ulong)length.Get(parsed),
            };
            var name = queue.Get(parsed)[0];
            return parsed.GetValue(change)
                ? queues.ConfigureAsync(new ConfigureQueueRequest { Name = name, Options = options }, cancellationToken: talk.Cancellation).ResponseAsync
                : queues.CreateAsync(new CreateQueueRequest { Name = name, Options = options }, cancellationToken: talk.Cancellation).ResponseAsync;
        }, (output, made) => output.WriteLine($"queue {made.Name} is there"));
    }

    private static Command List() => Asking<ListQueuesResponse>(
        new Command("list", "Shows all queues and how they stand: meshctl queues list."),
        async (queues, _, talk) =>
        {
            var all = new ListQueuesResponse();
            var token = "";
            do
            {
                var page = await queues.ListAsync(new ListQueuesRequest { PageToken = token }, cancellationToken: talk.Cancellation);
                all.Queues.Add(page.Queues);
                token = page.NextPageToken;
            }
            while (token.Length != 0);
            return all;
        },
        (output, all) => MessagingTables.WriteQueues(output, all.Queues));

    private static Command Stats()
    {
        var queue = MessagingOptions.Queue();
        return Asking<BacklogStats>(
            new Command("stats", "Shows how a queue stands: meshctl queues stats email.") { queue },
            (queues, parsed, talk) => queues.StatsAsync(new StatsRequest { Queue = queue.Get(parsed)[0] }, cancellationToken: talk.Cancellation).ResponseAsync,
            MessagingTables.WriteStats);
    }

    private static Command Peek()
    {
        var queue = MessagingOptions.Queue();
        var phase = new CliOption<MessagePhase>("--phase", ValueKinds.OneOf(Phases), "ready", "Those that stand there.");
        var count = MessagingOptions.Number("--count", 1, 1000, "10", "At most as many.");
        return Asking<PeekResponse>(
            new Command("peek", "Looks at messages without taking them: meshctl queues peek email --phase dead.") { queue, phase.Symbol, count.Symbol },
            (queues, parsed, talk) => queues.PeekAsync(
                new PeekRequest { Queue = queue.Get(parsed)[0], Phase = phase.Get(parsed), Count = (uint)count.Get(parsed) },
                cancellationToken: talk.Cancellation).ResponseAsync,
            (output, seen) => MessagingTables.WriteHeld(output, seen.Messages));
    }

    private static Command Purge()
    {
        var queue = MessagingOptions.Queue();
        var dead = new Flag("--dead", "The dead letters alone.");
        return Asking<PurgeResponse>(
            new Command("purge", "Removes all that is in a queue, but what consumers have: meshctl queues purge email --dead.") { queue, dead },
            (queues, parsed, talk) => queues.PurgeAsync(
                new PurgeRequest { Queue = queue.Get(parsed)[0], OnlyDead = parsed.GetValue(dead) }, cancellationToken: talk.Cancellation).ResponseAsync,
            (output, done) => output.WriteLine($"{done.Purged} messages are gone"));
    }

    private static Command Redrive()
    {
        var queue = MessagingOptions.Queue();
        var count = MessagingOptions.Number("--count", 1, int.MaxValue, null, "The oldest, at most; without it all.");
        return Asking<RedriveResponse>(
            new Command("redrive", "Has dead letters delivered again: meshctl queues redrive email.") { queue, count.Symbol },
            (queues, parsed, talk) => queues.RedriveAsync(
                new RedriveRequest { Queue = queue.Get(parsed)[0], Count = (ulong)count.Get(parsed) }, cancellationToken: talk.Cancellation).ResponseAsync,
            (output, done) => output.WriteLine($"{done.Redriven} dead letters come again"));
    }

    private static Command Delete()
    {
        var queue = MessagingOptions.Queue();
        return Asking<DeleteQueueResponse>(
            new Command("delete", "Removes a queue with all its messages: meshctl queues delete email.") { queue },
            (queues, parsed, talk) => queues.DeleteAsync(new DeleteQueueRequest { Name = queue.Get(parsed)[0] }, cancellationToken: talk.Cancellation).ResponseAsync,
            (output, _) => output.WriteLine("the queue is gone"));
    }

    /// <summary>A verb that asks once, and shows the answer.</summary>
    internal static Command Asking<T>(Command verb, Func<Queues.QueuesClient, ParseResult, Conversation, Task<T>> ask, Action<TextWriter, T> write)
        where T : IMessage
    {
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var answer = await ask(new Queues.QueuesClient(talk.Channel), parsed, talk);
            var output = parsed.InvocationConfiguration.Output;
            if (!Messages.TryWrite(output, options.Format(parsed), answer))
            {
                write(output, answer);
            }
        }, cancellation));
        return verb;
    }
}
