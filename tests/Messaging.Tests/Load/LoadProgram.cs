using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Postgres;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Results;
using Mesh.Messaging.Sqlite;

namespace Mesh.Messaging.Tests.Load;

/// <summary>
/// A process that publishes and consumes as fast as it can, and marks each thing before it asks for it (a small letter) and when it was
/// answered (a capital): published to a queue, an event, acknowledged, acknowledged for the group. It is killed, or its disk is.
/// </summary>
internal sealed class LoadProgram(IMessageEngine engine, Marks marks, long first, long count, string keys)
{
    public const string Holder = "load";
    public const string Group = "g";
    public const string FileName = "messages.db";

    public static readonly string[] Queues = ["q0", "q1"];

    // A server that is away refuses at once.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private static readonly DeliveryRules Rules = new() { Lease = TimeSpan.FromHours(12), MaxDeliveries = 3 };

    private readonly long _end = first + count;
    private long _last = first;

    public static SqliteOptions Options(bool isSynced) => new() { IsSynced = isSynced, MaxLogBytes = 1024 * 1024 };

    /// <param name="args">
    /// The folder, the first number, how many are published, "synced" or not or the address of a database, and what the keys of its messages begin with.
    /// </param>
    public static async Task RunAsync(string[] args)
    {
        var engine = args[3].StartsWith("postgres", StringComparison.Ordinal)
            ? (IMessageEngine)await PostgresEngine.OpenAsync(args[3], new PostgresOptions(), TimeProvider.System, Console.Error.WriteLine)
            : SqliteEngine.Open(Path.Combine(args[0], FileName), Options(args[3] == "synced"), TimeProvider.System, Console.Error.WriteLine);
        using var marks = new Marks(args[0]);
        await new LoadProgram(engine, marks, long.Parse(args[1], null), long.Parse(args[2], null), args[4]).RunAsync();
        await engine.DisposeAsync();
    }

    /// <summary>What a message of a number is filled with, so that none can be taken for another.</summary>
    public static byte[] DataOf(long number)
    {
        var random = new Random((int)number);
        var data = new byte[8 + random.Next(1, 1500)];
        random.NextBytes(data);
        BitConverter.TryWriteBytes(data, number);
        return data;
    }

    private async Task RunAsync()
    {
        foreach (var queue in Queues)
        {
            await UntilDoneAsync(() => engine.CreateQueueAsync(queue, new QueueOptions { Rules = Rules }));
        }

        await UntilDoneAsync(() => engine.SetRetentionAsync("t.a", new Retention(1_000_000)));
        await UntilDoneAsync(() => engine.CreateGroupAsync(Group, new GroupOptions { Filter = new EventFilter { Types = ["t.*"] }, Rules = Rules, StartAfter = 0 }));
        using var end = new CancellationTokenSource();
        var publishers = Enumerable.Range(0, 8).Select(PublishAsync).Concat(Enumerable.Range(0, 4).Select(AppendAsync)).ToList();
        var consumers = Queues.SelectMany(queue => Enumerable.Range(0, 2).Select(i => ConsumeAsync(BacklogName.Queue(queue), i, end.Token)))
            .Append(ConsumeAsync(BacklogName.Group(Group), 2, end.Token)).ToList();
        await Task.WhenAll(publishers);
        await end.CancelAsync();
        await Task.WhenAll(consumers);
    }

    private static async Task UntilDoneAsync<T>(Func<Task<Outcome<T>>> ask)
    {
        while (!(await ask()).IsDone)
        {
            await Task.Delay(Pause);
        }
    }

    private async Task PublishAsync(int publisher)
    {
        while (Interlocked.Increment(ref _last) is var number && number < _end)
        {
            var queue = Queues[publisher % 2];
            marks.Add($"p {queue} {number}");
            // One publisher for a key: its messages have an order.
            var message = new Message { Source = "load", OrderingKey = publisher < 6 ? $"{keys}{publisher}" : null, Data = DataOf(number) };
            var published = await engine.PublishAsync(queue, [new QueueMessage { Message = message }]);
            if (published.IsDone)
            {
                marks.Add($"P {queue} {number}");
            }
            else
            {
                await Task.Delay(Pause);
            }
        }
    }

    private async Task AppendAsync(int publisher)
    {
        while (Interlocked.Increment(ref _last) is var number && number < _end)
        {
            marks.Add($"e {number}");
            var appended = await engine.AppendAsync([new Message { Type = "t.a", Source = "load", Subject = $"{keys}{publisher}", Data = DataOf(number) }]);
            if (appended.IsDone)
            {
                marks.Add($"E {number} {appended.Value[0].Sequence}");
            }
            else
            {
                await Task.Delay(Pause);
            }
        }
    }

    private async Task ConsumeAsync(BacklogName name, int seed, CancellationToken end)
    {
        var random = new Random(seed);
        while (!end.IsCancellationRequested)
        {
            try
            {
                await engine.WaitForReadyAsync(name, end);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            var claimed = await engine.ClaimAsync(name, new Claim { Holder = Holder, Count = random.Next(1, 20) });
            foreach (var delivery in claimed.Value?.Deliveries ?? [])
            {
                await AnswerAsync(name, delivery, random);
            }

            if (!claimed.IsDone)
            {
                await Task.Delay(Pause, CancellationToken.None);
            }
        }
    }

    private async Task AnswerAsync(BacklogName name, Delivery delivery, Random random)
    {
        var number = BitConverter.ToInt64(delivery.Message.Message.Data.Span);
        marks.Add($"C {name.Name} {number} {delivery.Attempt}");
        switch (random.Next(10))
        {
            case 0:
                await engine.NackAsync(name, [delivery.Token], TimeSpan.Zero, "chance");
                break;
            case 1 when delivery.Message.Message.Key is null:
                // It keeps the lease for ever.
                break;
            default:
                marks.Add($"a {name.Name} {number}");
                if ((await engine.AckAsync(name, [delivery.Token])).Value is [true])
                {
                    marks.Add($"A {name.Name} {number}");
                }

                break;
        }
    }
}
