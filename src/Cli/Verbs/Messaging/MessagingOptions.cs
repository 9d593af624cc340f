using System.CommandLine;
using Google.Protobuf;
using Mesh.Hosting;

namespace Mesh.Cli.Verbs.Messaging;

/// <summary>The options that verbs of events and queues have in common.</summary>
internal static class MessagingOptions
{
    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(365);

    public static CliOption<string> Text(string name, string help) => new(name, ValueKinds.Text("TEXT", "a text"), null, help);

    public static CliOption<int> Number(string name, int min, int max, string? defaultText, string help) =>
        new(name, ValueKinds.WholeNumber(min, max), defaultText, help);

    public static CliOption<TimeSpan> Time(string name, string? defaultText, string help) =>
        new(name, ValueKinds.Duration(TimeSpan.Zero, LongestTime), defaultText, help);

    public static CliOption<string> Data() => Text("--data", "The content; - reads it from the standard input.");

    public static CliOption<string> ContentType() => Text("--content-type", "Of the content. Without it: application/json if the content begins as an object or a list, else text/plain.");

    public static ValueArgument Queue()
    {
        var queue = new ValueArgument("QUEUE", "a queue's name (for example email)", ArgumentArity.ExactlyOne) { Description = "Which queue." };
        return queue;
    }

    public static ValueArgument Types() => new("TYPE", "a type of events (for example order.created or order.*)", ArgumentArity.ZeroOrMore)
    {
        Description = "Only these: order.created, order.* for one part, order.> for one part or more; none means all.",
    };

    /// <summary>The content that <c>--data</c> gives.</summary>
    public static async Task<ByteString> ReadAsync(string? data, CancellationToken cancellation)
    {
        if (data != "-")
        {
            return ByteString.CopyFromUtf8(data ?? "");
        }

        await using var input = Console.OpenStandardInput();
        return await ByteString.FromStreamAsync(input, cancellation);
    }

    /// <summary>What it is where nobody says.</summary>
    public static string TypeOf(string? given, ByteString data) =>
        given ?? (data.IsEmpty ? "" : data[0] is (byte)'{' or (byte)'[' ? "application/json" : "text/plain");
}
