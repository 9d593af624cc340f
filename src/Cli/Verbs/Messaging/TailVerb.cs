using System.CommandLine;
using Grpc.Core;
using Mesh.Cli.Output;
using Mesh.V1;

namespace Mesh.Cli.Verbs.Messaging;

/// <summary><c>meshctl events tail [TYPE…]</c>: events as they are published, until Ctrl-C; over restarts of the control plane without a gap.</summary>
internal static class TailVerb
{
    private const uint Credit = 1000;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static Command Build()
    {
        var types = MessagingOptions.Types();
        var source = MessagingOptions.Text("--source", "Only those that this service publishes.");
        var after = MessagingOptions.Number("--after", 0, int.MaxValue, null, "Begins behind this number; 0 is the oldest event there is. Without it with what is published from now on.");
        var verb = new Command("tail", "Shows events as they are published, until Ctrl-C: meshctl events tail 'order.>' --after 0.") { types, source.Symbol, after.Symbol };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var begin = new BeginSubscription
            {
                Filter = new EventFilter { Types_ = { types.Get(parsed) }, Source = source.Get(parsed) ?? "" },
                Start = after.IsGiven(parsed) ? new StartPosition { AfterSequence = after.Get(parsed) } : null,
                Credit = new Credit { Messages = Credit },
            };
            try
            {
                for (var hasBegun = false; ; hasBegun = true)
                {
                    void show(SubscribeResponse response) => Write(parsed.InvocationConfiguration.Output, options.Format(parsed), response);
                    await FollowAsync(new Events.EventsClient(talk.Channel), begin, talk, show, hasBegun);
                    await Task.Delay(Pause, TimeProvider.System, cancellation);
                }
            }
            catch (Exception error) when (error is RpcException or OperationCanceledException && cancellation.IsCancellationRequested)
            {
                // Ctrl-C is how a tail ends.
            }
        }, cancellation));
        return verb;
    }

    /// <summary>Follows until the control plane goes away; the next time it goes on behind the last event.</summary>
    private static async Task FollowAsync(Events.EventsClient events, BeginSubscription begin, Conversation talk, Action<SubscribeResponse> write, bool hasBegun)
    {
        try
        {
            using var call = events.Subscribe(cancellationToken: talk.Cancellation);
            await call.RequestStream.WriteAsync(new SubscribeRequest { Begin = begin });
            await foreach (var response in call.ResponseStream.ReadAllAsync(talk.Cancellation))
            {
                talk.HasAnswered();
                hasBegun = true;
                begin.Start = response switch
                {
                    { Subscribed: { } at } => new StartPosition { AfterSequence = at.AfterSequence },
                    { Delivery.Event: { } one } => new StartPosition { AfterSequence = one.Sequence },
                    _ => begin.Start,
                };
                write(response);
                if (response.Delivery is not null)
                {
                    await call.RequestStream.WriteAsync(new SubscribeRequest { Credit = new Credit { Messages = 1 } });
                }
            }
        }
        catch (RpcException gone) when (gone.StatusCode == StatusCode.Unavailable && hasBegun && !talk.Cancellation.IsCancellationRequested)
        {
            // It is awaited, for as long as it takes.
        }
    }

    private static void Write(TextWriter output, OutputFormat format, SubscribeResponse response)
    {
        if (response.Delivery is { } delivery && !Messages.TryWrite(output, format, delivery.Event))
        {
            output.WriteLine(MessagingTables.Line(delivery.Event));
        }

        if (response.Missed is { } missed && format == OutputFormat.Table)
        {
            output.WriteLine($"events between {missed.AfterSequence} and {missed.OldestSequence} are not kept any more");
        }

        output.Flush();
    }
}
