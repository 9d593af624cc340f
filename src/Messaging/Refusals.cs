using Mesh.Messaging.Delivering;
using Mesh.Messaging.Results;

namespace Mesh.Messaging;

/// <summary>What every engine says in the same words.</summary>
internal static class Refusals
{
    // A message has room for a few names.
    private const int MostNamed = 5;

    /// <summary>To whoever names a queue or group that is not there.</summary>
    public static Refusal NotFound(BacklogName name, IEnumerable<BacklogName> there)
    {
        var names = there.Where(one => one.Kind == name.Kind).Select(one => one.Name).Order(StringComparer.Ordinal).ToList();
        var kind = name.Kind == BacklogKind.Queue ? "queue" : "group";
        var those = names.Count switch
        {
            0 => $"there is no {kind} yet; create it first",
            <= MostNamed => $"there is {string.Join(", ", names)}",
            _ => $"there is {string.Join(", ", names.Take(MostNamed))} and {names.Count - MostNamed} more",
        };
        return new Refusal(RefusalKind.NotFound, $"{name} is not there; {those}");
    }

    public static Refusal Full(BacklogName name, long length, long dead, long max) => new(
        RefusalKind.ResourceExhausted,
        $"{name} holds {length} messages, {dead} of them dead letters, and may hold {max} (max_length): consume, purge, or configure more");

    public static Refusal TooMany(BacklogKind kind, int max) => new(
        RefusalKind.ResourceExhausted,
        kind == BacklogKind.Queue
            ? $"there are {max} queues, as many as there may be (MaxQueues): delete one"
            : $"there are {max} groups, as many as there may be (MaxGroups): delete one");

    public static Refusal OtherOptions(BacklogName name) =>
        new(RefusalKind.AlreadyExists, $"{name} is there with other options; configure it, or create it with those that it has");

    public static Refusal OtherFilter(BacklogName name) =>
        new(RefusalKind.AlreadyExists, $"{name} is there with another filter; use another name, or delete it first");

    public static Refusal TooManyNames(string text, int max, string what) =>
        new(RefusalKind.ResourceExhausted, $"'{text}' is new, and {max} {what} are there, as many as there may be (MaxNames)");

    public static Refusal TooMuchWaits(string where, long requests, long bytes, int maxRequests, long maxBytes) => new(
        RefusalKind.ResourceExhausted,
        $"{where}: {requests} requests with {bytes} bytes wait to be written, and {maxRequests} with {maxBytes} may (MaxUnwrittenBytes): publish slower");

    public static Refusal NoRoom(long used, long max, BacklogName? longest, long length, long dead) => new(
        RefusalKind.ResourceExhausted,
        $"the messages take {used} bytes on the disk, and may take {max} (MaxDiskBytes)"
        + (longest is { } name && length > 0
            ? $"; {name} holds most, {length}, of which {dead} are dead letters: consume or purge"
            : ": shorten the retention"));

    public static Refusal Closing(string where) => new(RefusalKind.Unavailable, $"{where}: is being closed; try again later");
}
