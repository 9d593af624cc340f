using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.V1;

namespace Mesh.Cli.Output;

/// <summary>Events, groups, queues and their messages, for people.</summary>
internal static class MessagingTables
{
    private const int LongestData = 120;

    public static void WriteEvents(TextWriter output, IReadOnlyList<Event> events)
    {
        if (events.Count == 0)
        {
            output.WriteLine("there are no such events");
            return;
        }

        TextTable.Write(output, ["NUMBER", "TIME", "TYPE", "SOURCE", "SUBJECT", "DATA"], events.Select(one => (string[])
        [
            Number(one.Sequence), ConfigTables.Time(one.StoredAt), one.Type, one.Source, Dash(one.Subject), Data(one.Data, one.Damage),
        ]));
    }

    /// <summary>One event in a line.</summary>
    public static string Line(Event one) =>
        PrintableText.Of($"{Number(one.Sequence)} {ConfigTables.Time(one.StoredAt)} {one.Type} from {one.Source}, subject {Dash(one.Subject)}: {Data(one.Data, one.Damage)}");

    public static void WriteGroups(TextWriter output, IReadOnlyList<Group> groups)
    {
        if (groups.Count == 0)
        {
            output.WriteLine("there are no groups");
            return;
        }

        TextTable.Write(output, ["GROUP", "TYPES", "BEHIND", "READY", "LEASED", "DELAYED", "WAITING", "DEAD", "MISSED", "OLDEST"], groups.Select(group => (string[])
        [
            group.Name, group.Filter.Types_.Count == 0 ? "all" : string.Join(',', group.Filter.Types_),
            Number(group.Stats.Behind), .. Depths(group.Stats), Number(group.Stats.Missed), Age(group.Stats.OldestAge),
        ]));
    }

    public static void WriteQueues(TextWriter output, IReadOnlyList<Queue> queues)
    {
        if (queues.Count == 0)
        {
            output.WriteLine("there are no queues: meshctl queues create makes one");
            return;
        }

        TextTable.Write(output, ["QUEUE", "READY", "LEASED", "DELAYED", "WAITING", "DEAD", "OLDEST", "LEASE", "DELIVERIES"], queues.Select(queue => (string[])
        [
            queue.Name, .. Depths(queue.Stats), Age(queue.Stats.OldestAge), Age(queue.Options.Rules.Lease), Number(queue.Options.Rules.MaxDeliveries),
        ]));
    }

    public static void WriteStats(TextWriter output, BacklogStats stats) => TextTable.Write(
        output,
        ["READY", "LEASED", "DELAYED", "WAITING", "DEAD", "OLDEST", "PUBLISHED", "DELIVERED", "ACKNOWLEDGED", "EXPIRED"],
        [
            (string[])
            [
                .. Depths(stats), Age(stats.OldestAge), Number(stats.Published), Number(stats.Delivered), Number(stats.Acknowledged), Number(stats.Expired),
            ],
        ]);

    public static void WriteHeld(TextWriter output, IReadOnlyList<HeldMessage> messages)
    {
        if (messages.Count == 0)
        {
            output.WriteLine("there are none");
            return;
        }

        TextTable.Write(output, ["NUMBER", "ID", "STORED", "FROM", "ATTEMPTS", "HOLDER", "REASON", "DATA"], messages.Select(held => (string[])
        [
            Number(held.Message.Sequence), held.Message.Id, ConfigTables.Time(held.Message.StoredAt), held.Message.Source, Number(held.Attempts),
            Dash(held.Holder), Dash(held.Reason), Data(held.Message.Data, held.Message.Damage),
        ]));
    }

    public static void WriteDeliveries(TextWriter output, IReadOnlyList<MessageDelivery> deliveries)
    {
        if (deliveries.Count == 0)
        {
            output.WriteLine("nothing is ready");
            return;
        }

        TextTable.Write(output, ["NUMBER", "ID", "FROM", "ATTEMPT", "TOKEN", "DATA"], deliveries.Select(delivery => (string[])
        [
            Number(delivery.Message.Sequence), delivery.Message.Id, delivery.Message.Source, Number(delivery.Attempt), delivery.Token,
            Data(delivery.Message.Data, delivery.Message.Damage),
        ]));
    }

    private static string[] Depths(BacklogStats stats) =>
        [Number(stats.Ready), Number(stats.Leased), Number(stats.Delayed), Number(stats.Waiting), Number(stats.Dead)];

    private static string Number(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    private static string Dash(string text) => text.Length == 0 ? "-" : text;

    private static string Age(Duration? age) => age is null ? "-" : DurationText.Format(TimeSpan.FromMilliseconds(Math.Round(age.ToTimeSpan().TotalMilliseconds)));

    private static string Data(ByteString data, string damage)
    {
        if (damage.Length != 0)
        {
            return $"DAMAGED: {damage}";
        }

        if (!System.Text.Unicode.Utf8.IsValid(data.Span))
        {
            return $"{data.Length} bytes";
        }

        var text = data.ToStringUtf8();
        return text.Length <= LongestData ? text : text[..LongestData] + "…";
    }
}
