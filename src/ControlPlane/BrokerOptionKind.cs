using System.Globalization;
using Mesh.ControlPlane.Broker;
using Mesh.Hosting;
using Mesh.Messaging;

namespace Mesh.ControlPlane;

/// <summary>How the place of events and queues, and what they take, are written on the command line.</summary>
internal static class BrokerOptionKind
{
    private const string Sqlite = "sqlite:";

    private static readonly string[] Postgres = ["postgres://", "postgresql://"];

    /// <summary>What a message of gRPC may have here leaves room for one of these.</summary>
    private const long MostMessageBytes = 3 * 1024 * 1024;

    private static readonly Dictionary<string, (long Min, long Max, Func<MessagingLimits, long, MessagingLimits> Set)> Limits = new(StringComparer.Ordinal)
    {
        ["message-bytes"] = (1024, MostMessageBytes, (limits, n) => limits with { MaxMessageBytes = (int)n }),
        ["batch"] = (1, 10_000, (limits, n) => limits with { MaxBatch = (int)n }),
        ["queues"] = (1, 1_000_000, (limits, n) => limits with { MaxQueues = (int)n }),
        ["groups"] = (1, 100_000, (limits, n) => limits with { MaxGroups = (int)n }),
        ["names"] = (1, 1_000_000, (limits, n) => limits with { MaxNames = (int)n }),
        ["disk-bytes"] = (1024 * 1024, 16L << 40, (limits, n) => limits with { MaxDiskBytes = n }),
        ["unwritten-bytes"] = (1024 * 1024, 1L << 40, (limits, n) => limits with { MaxUnwrittenBytes = n }),
    };

    public static ValueKind<BrokerOptions> Place { get; } = new(
        "memory|sqlite:PATH|postgres://…|off",
        "memory, sqlite:PATH (for example sqlite:/var/lib/mesh/messages.db), postgres://USER:PASSWORD@HOST:PORT/DATABASE or off",
        TryParsePlace);

    public static ValueKind<MessagingLimits> Limit { get; } = new(
        "NAME=N[,NAME=N]",
        "NAME=N[,NAME=N], N bytes or things, with names among "
        + string.Join(", ", Limits.Select(limit => string.Create(CultureInfo.InvariantCulture, $"{limit.Key} ({limit.Value.Min} to {limit.Value.Max})"))),
        TryParseLimits);

    private static bool TryParsePlace(string text, out BrokerOptions value)
    {
        value = new BrokerOptions { IsOff = text == "off" };
        if (text is "memory" or "off")
        {
            return true;
        }

        if (Postgres.Any(scheme => text.StartsWith(scheme, StringComparison.Ordinal)))
        {
            value = value with { Database = text };
            return true;
        }

        if (!text.StartsWith(Sqlite, StringComparison.Ordinal) || text.Length == Sqlite.Length || text.Contains('\0', StringComparison.Ordinal))
        {
            return false;
        }

        // A slash at its end names a folder.
        var path = text[Sqlite.Length..];
        value = value with { Path = path };
        return !Path.EndsInDirectorySeparator(path);
    }

    private static bool TryParseLimits(string text, out MessagingLimits value)
    {
        value = new MessagingLimits();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (part.Split('=') is not [var name, var number]
                || !Limits.TryGetValue(name, out var limit)
                || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
                || n < limit.Min || n > limit.Max)
            {
                return false;
            }

            value = limit.Set(value, n);
        }

        return true;
    }
}
