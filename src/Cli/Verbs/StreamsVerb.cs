using System.CommandLine;
using System.Text.Json.Nodes;
using Mesh.Cli.Output;
using Mesh.Hosting;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl streams [SERVICE]</c>: the streams under way in a sidecar, or several, as they say it of themselves.</summary>
internal static class StreamsVerb
{
    /// <summary>Far more than a page of a thousand streams a loop is.</summary>
    private const int LargestPage = 32 * 1024 * 1024;

    public static Command Build()
    {
        var service = new ValueArgument("SERVICE", "a service's name", ArgumentArity.ZeroOrOne)
        {
            HelpName = "SERVICE",
            Description = "Those to one service; default all.",
            DefaultValueFactory = _ => [],
        };
        var sidecar = new CliOption<Uri>("--sidecar", CliValueKinds.Url, "http://127.0.0.1:15020", "The sidecar's admin port (its --admin).");
        var format = new CliOption<OutputFormat>(
            "--output", ValueKinds.OneOf(("table", OutputFormat.Table), ("json", OutputFormat.Json)), "table", "How to show it.", "-o");
        var timeout = CliOptions.Timeout("10s", "How long the sidecar's answer may take.");
        var verb = new Command("streams", "Shows the calls under way in a sidecar that last: messages each way, and whom they wait for.")
        {
            service, sidecar.Symbol, format.Symbol, timeout.Symbol,
        };
        verb.SetAction(async (parsed, cancellation) =>
        {
            var page = await PageAsync(sidecar.Get(parsed)!, timeout.Get(parsed), cancellation);
            var streams = Streams(page, service.Get(parsed) is [var name] ? name : null);
            Write(parsed.InvocationConfiguration.Output, format.Get(parsed), streams, NotListed(page));
            return 0;
        });
        return verb;
    }

    /// <exception cref="CliException">The sidecar cannot be reached, or says something else.</exception>
    private static async Task<JsonNode> PageAsync(Uri sidecar, TimeSpan timeout, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { MaxResponseContentBufferSize = LargestPage };
        try
        {
            var text = await http.GetStringAsync(new Uri(sidecar, "/connections"), limit.Token);
            return JsonNode.Parse(text) is JsonObject page && page["loops"] is JsonArray ? page : throw NoSidecar(sidecar);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CliException($"the sidecar at {sidecar.Authority} does not answer within {DurationText.Format(timeout)}; --sidecar names its admin port, --timeout says how long to wait");
        }
        catch (HttpRequestException error)
        {
            throw new CliException($"the sidecar at {sidecar.Authority}: {error.Message}; --sidecar names its admin port");
        }
        catch (System.Text.Json.JsonException)
        {
            throw NoSidecar(sidecar);
        }
    }

    private static CliException NoSidecar(Uri sidecar) => new($"what answers at {sidecar.Authority} is no sidecar's admin port; --sidecar names that");

    private static List<JsonObject> Streams(JsonNode page, string? service) =>
    [
        .. Loops(page)
            .SelectMany(loop => (loop["streams"] as JsonArray ?? []).OfType<JsonObject>())
            .Where(stream => service is null || Text(stream["service"]) == service),
    ];

    private static long NotListed(JsonNode page) => Loops(page).Sum(loop => (long)Number(loop["streams_not_listed"]));

    private static IEnumerable<JsonObject> Loops(JsonNode page) => page["loops"]!.AsArray().OfType<JsonObject>();

    private static void Write(TextWriter output, OutputFormat format, List<JsonObject> streams, long notListed)
    {
        if (format == OutputFormat.Json)
        {
            output.WriteLine(new JsonObject
            {
                ["streams"] = new JsonArray([.. streams.Select(stream => stream.DeepClone())]),
                ["notListed"] = notListed,
            }.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true }));
            return;
        }

        if (streams.Count == 0)
        {
            output.WriteLine("no streams are under way");
        }
        else
        {
            StreamTable.Write(output, streams);
        }

        if (notListed > 0)
        {
            output.WriteLine($"and {notListed} more, which the sidecar does not list");
        }
    }

    private static string Text(JsonNode? node) => StreamTable.Text(node);

    private static double Number(JsonNode? node) => StreamTable.Number(node);
}
