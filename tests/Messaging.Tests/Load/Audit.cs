using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Sqlite;

namespace Mesh.Messaging.Tests.Load;

/// <summary>Compares what is in a file with what a load had been answered, and takes all of it.</summary>
internal sealed class Audit(IMessageEngine engine, Facts facts)
{
    private readonly List<string> _faults = [];

    /// <returns>A line for each thing that is not as was promised.</returns>
    public static async Task<List<string>> RunAsync(string folder, Facts facts)
    {
        await using var engine = SqliteEngine.Open(Path.Combine(folder, LoadProgram.FileName), LoadProgram.Options(isSynced: false), TimeProvider.System, _ => { });
        return await RunAsync(engine, facts);
    }

    /// <inheritdoc cref="RunAsync(string, Facts)"/>
    public static Task<List<string>> RunAsync(IMessageEngine engine, Facts facts) => new Audit(engine, facts).RunAsync();

    private async Task<List<string>> RunAsync()
    {
        _faults.AddRange(engine.Damages.Select(line => $"damaged: {line}"));
        await AuditEventsAsync();
        var held = new Dictionary<BacklogName, List<HeldMessage>>();
        foreach (var name in engine.List(BacklogKind.Queue).Concat(engine.List(BacklogKind.Group)).Select(backlog => backlog.Name))
        {
            held.Add(name, await LookAtAllAsync(name));
        }

        await engine.ReturnAsync(LoadProgram.Holder);
        foreach (var (name, messages) in held)
        {
            await AuditBacklogAsync(name, messages);
        }

        foreach (var queue in LoadProgram.Queues.Where(queue => facts.Published[queue].Count > 0 && !engine.List(BacklogKind.Queue).Any(one => one.Name.Name == queue)))
        {
            _faults.Add($"lost: the queue {queue}");
        }

        return _faults;
    }

    private async Task AuditEventsAsync()
    {
        var (found, next, isMore) = (new Dictionary<long, long>(), 0L, true);
        while (isMore)
        {
            var page = (await engine.ReadAsync(next, EventFilter.All, 1000, long.MaxValue)).Value!;
            foreach (var message in page.Events)
            {
                found.Add(NumberOf(message), message.Sequence);
            }

            (next, isMore) = (page.Next, page.IsMore);
        }

        Expect("lost: event", facts.Events.Where(one => !found.Contains(one)).Select(one => one.Key));
        Expect("nobody has published event", found.Keys.Except(facts.AskedEvents));
        if (!found.Values.SequenceEqual(Enumerable.Range(1, found.Count).Select(sequence => (long)sequence)))
        {
            _faults.Add("the sequences of events have gaps");
        }
    }

    private async Task<List<HeldMessage>> LookAtAllAsync(BacklogName name)
    {
        var held = new List<HeldMessage>();
        foreach (var phase in Enum.GetValues<Phase>())
        {
            var after = 0L;
            while ((await engine.PeekAsync(name, phase, after, 1000)).Value is { Count: > 0 } page)
            {
                held.AddRange(page);
                after = page[^1].Number;
            }
        }

        return held;
    }

    private async Task AuditBacklogAsync(BacklogName name, List<HeldMessage> held)
    {
        foreach (var message in held.Where(one => one.Attempts < facts.Attempts.GetValueOrDefault((name.Name, NumberOf(one.Message)))))
        {
            // It would come again as if it had not been handed out.
            _faults.Add($"forgotten: a delivery of {NumberOf(message.Message)}");
        }

        var (there, inOrder) = await TakeAllAsync(name);
        there.UnionWith(held.Select(one => NumberOf(one.Message)));
        var must = name.Kind == BacklogKind.Queue ? facts.Published[name.Name] : [.. facts.Events.Keys];
        var may = name.Kind == BacklogKind.Queue ? facts.Asked[name.Name] : facts.AskedEvents;
        Expect($"lost: of {name}", must.Where(number => !there.Contains(number) && !facts.AskedToAck.Contains((name.Name, number))));
        Expect($"acknowledged and back: of {name}", there.Where(number => facts.Acked.Contains((name.Name, number))));
        Expect($"nobody has published: to {name}", there.Except(may));
        if (!inOrder)
        {
            _faults.Add($"{name}: a key's messages are not in order");
        }
    }

    /// <summary>Takes and acknowledges all that there is.</summary>
    private async Task<(HashSet<long> There, bool InOrder)> TakeAllAsync(BacklogName name)
    {
        var (there, inOrder, last) = (new HashSet<long>(), true, new Dictionary<string, long>());
        while ((await engine.ClaimAsync(name, new Claim { Holder = "audit", Count = 1000 })).Value is { } claimed && (claimed.Deliveries.Count > 0 || claimed.IsMore))
        {
            foreach (var message in claimed.Deliveries.Select(delivery => delivery.Message))
            {
                var number = NumberOf(message);
                inOrder &= there.Add(number);
                if (message.Message.Key is { } key)
                {
                    inOrder &= last.GetValueOrDefault(key) < number;
                    last[key] = number;
                }
            }

            if (claimed.Deliveries.Count > 0)
            {
                await engine.AckAsync(name, [.. claimed.Deliveries.Select(delivery => delivery.Token)]);
            }
        }

        return (there, inOrder);
    }

    private long NumberOf(StoredMessage message)
    {
        if (message.Damage is { } damage || message.Message.Data.Length < sizeof(long))
        {
            _faults.Add($"damaged: {message.Sequence}: {message.Damage}");
            return 0;
        }

        var number = BitConverter.ToInt64(message.Message.Data.Span);
        if (!message.Message.Data.Span.SequenceEqual(LoadProgram.DataOf(number)))
        {
            _faults.Add($"damaged: {number} is not what was published");
        }

        return number;
    }

    private void Expect(string what, IEnumerable<long> none) => _faults.AddRange(none.Select(number => $"{what} {number}"));
}
