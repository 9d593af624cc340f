using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Mesh.Cli.Output;
using Mesh.V1;

namespace Mesh.Cli.Verbs.Messaging;

/// <summary><c>meshctl events publish|tail|query|groups</c>: the log of events.</summary>
internal static class EventsVerb
{
    private const int MostShown = 100_000;

    public static Command Build() => new("events", "Publishes events, follows them, looks into their history and at the groups that consume them.")
    {
        Publish(),
        TailVerb.Build(),
        Query(),
        Groups(),
    };

    private static Command Publish()
    {
        var type = new ValueArgument("TYPE", "a type of events (for example order.created)", ArgumentArity.ExactlyOne) { Description = "Of the event, such as order.created." };
        var (data, contentType) = (MessagingOptions.Data(), MessagingOptions.ContentType());
        var id = MessagingOptions.Text("--id", "Unique among ours; a second one within ten minutes adds nothing.");
        var subject = MessagingOptions.Text("--subject", "What it is about; groups deliver events of one subject in order.");
        var correlation = MessagingOptions.Text("--correlation-id", "What it belongs to, across services.");
        var verb = new Command("publish", "Publishes an event: meshctl events publish order.created --subject o-1 --data '{\"total\":5}'.")
        {
            type, data.Symbol, contentType.Symbol, id.Symbol, subject.Symbol, correlation.Symbol,
        };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var content = await MessagingOptions.ReadAsync(data.Get(parsed), cancellation);
            var said = new Event
            {
                Type = type.Get(parsed)[0],
                Id = id.Get(parsed) ?? "",
                Subject = subject.Get(parsed) ?? "",
                CorrelationId = correlation.Get(parsed) ?? "",
                Data = content,
                DataContentType = MessagingOptions.TypeOf(contentType.Get(parsed), content),
            };
            var events = new Events.EventsClient(talk.Channel);
            var published = (await events.PublishAsync(new PublishEventsRequest { Events = { said } }, cancellationToken: talk.Cancellation)).Events[0];
            var output = parsed.InvocationConfiguration.Output;
            if (!Messages.TryWrite(output, options.Format(parsed), published))
            {
                output.WriteLine(PrintableText.Of($"event {published.Id} {(published.Duplicate ? "was published before, as" : "is")} number {published.Sequence}"));
            }
        }, cancellation));
        return verb;
    }

    private static Command Query()
    {
        var types = MessagingOptions.Types();
        var source = MessagingOptions.Text("--source", "Only those that this service published.");
        var subject = MessagingOptions.Text("--subject", "Only those about this.");
        var correlation = MessagingOptions.Text("--correlation-id", "Only those that belong to this.");
        var since = MessagingOptions.Time("--since", null, "Only those stored within this time up to now.");
        var count = MessagingOptions.Number("--count", 1, MostShown, "100", "At most as many.");
        var oldest = new Flag("--oldest-first", "Begins with the oldest, not with the newest.");
        var verb = new Command("query", "Looks into the history, the newest first: meshctl events query 'order.>' --since 1h.")
        {
            types, source.Symbol, subject.Symbol, correlation.Symbol, since.Symbol, count.Symbol, oldest,
        };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var request = new QueryEventsRequest
            {
                Filter = new EventFilter
                {
                    Types_ = { types.Get(parsed) },
                    Source = source.Get(parsed) ?? "",
                    Subject = subject.Get(parsed) ?? "",
                    CorrelationId = correlation.Get(parsed) ?? "",
                },
                From = since.IsGiven(parsed) ? (TimeProvider.System.GetUtcNow() - since.Get(parsed)).ToTimestamp() : null,
                NewestFirst = !parsed.GetValue(oldest),
            };
            var found = await ReadAsync(new Events.EventsClient(talk.Channel), request, count.Get(parsed), talk.Cancellation);
            var (output, format) = (parsed.InvocationConfiguration.Output, options.Format(parsed));
            if (format == OutputFormat.Table)
            {
                MessagingTables.WriteEvents(output, found);
                return;
            }

            foreach (var one in found)
            {
                Messages.TryWrite(output, format, one);
            }
        }, cancellation));
        return verb;
    }

    private static async Task<List<Event>> ReadAsync(Events.EventsClient events, QueryEventsRequest request, int count, CancellationToken cancellation)
    {
        var found = new List<Event>();
        do
        {
            request.PageSize = Math.Min(count - found.Count, 1000);
            var page = await events.QueryAsync(request, cancellationToken: cancellation);
            found.AddRange(page.Events);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length != 0 && found.Count < count);
        return found;
    }

    private static Command Groups()
    {
        var name = new ValueArgument("GROUP", "a group's name", ArgumentArity.ZeroOrOne) { Description = "Only this one." };
        var redrive = new Flag("--redrive", "Has the dead letters of the one that is named delivered again.");
        var verb = new Command("groups", "Shows the groups that consume events, and how they stand: meshctl events groups.") { name, redrive };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var events = new Events.EventsClient(talk.Channel);
            var output = parsed.InvocationConfiguration.Output;
            var group = name.Get(parsed) is [var one] ? one : "";
            if (parsed.GetValue(redrive))
            {
                if (group.Length == 0)
                {
                    throw new CliException("--redrive needs the name of a group");
                }

                var done = await events.RedriveGroupAsync(new RedriveGroupRequest { Name = group }, cancellationToken: talk.Cancellation);
                if (!Messages.TryWrite(output, options.Format(parsed), done))
                {
                    output.WriteLine($"{done.Redriven} dead letters come again");
                }

                return;
            }

            var all = new ListGroupsResponse();
            var request = new ListGroupsRequest { Name = group };
            do
            {
                var page = await events.ListGroupsAsync(request, cancellationToken: talk.Cancellation);
                all.Groups.Add(page.Groups);
                request.PageToken = page.NextPageToken;
            }
            while (request.PageToken.Length != 0);
            if (!Messages.TryWrite(output, options.Format(parsed), all))
            {
                MessagingTables.WriteGroups(output, all.Groups);
            }
        }, cancellation));
        return verb;
    }
}
