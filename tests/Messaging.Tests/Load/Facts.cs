namespace Mesh.Messaging.Tests.Load;

/// <summary>What the load knew at some moment, read from its marks.</summary>
internal sealed class Facts
{
    /// <summary>By queue: what may be there, and what must be there or be taken.</summary>
    public Dictionary<string, HashSet<long>> Asked { get; } = LoadProgram.Queues.ToDictionary(queue => queue, _ => new HashSet<long>());

    public Dictionary<string, HashSet<long>> Published { get; } = LoadProgram.Queues.ToDictionary(queue => queue, _ => new HashSet<long>());

    public HashSet<long> AskedEvents { get; } = [];

    /// <summary>Sequences of events, by number.</summary>
    public Dictionary<long, long> Events { get; } = [];

    /// <summary>By queue or group: how often a message was handed out.</summary>
    public Dictionary<(string Name, long Number), int> Attempts { get; } = [];

    public HashSet<(string Name, long Number)> AskedToAck { get; } = [];

    public HashSet<(string Name, long Number)> Acked { get; } = [];

    public int Count { get; private set; }

    public static Facts Of(IEnumerable<string> lines)
    {
        var facts = new Facts();
        foreach (var line in lines)
        {
            facts.Add(line.Split(' '));
        }

        return facts;
    }

    private void Add(string[] words)
    {
        Count++;
        switch (words)
        {
            case ["p", var queue, var number]:
                Asked[queue].Add(Number(number));
                break;
            case ["P", var queue, var number]:
                Published[queue].Add(Number(number));
                break;
            case ["e", var number]:
                AskedEvents.Add(Number(number));
                break;
            case ["E", var number, var sequence]:
                Events.Add(Number(number), Number(sequence));
                break;
            case ["C", var name, var number, var attempt]:
                Attempts[(name, Number(number))] = (int)Number(attempt);
                break;
            case ["a", var name, var number]:
                AskedToAck.Add((name, Number(number)));
                break;
            case ["A", var name, var number]:
                Acked.Add((name, Number(number)));
                break;
            default:
                // The last line may have been cut off with the process.
                Count--;
                break;
        }
    }

    private static long Number(string text) => long.Parse(text, null);
}
