using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Mesh.Cli.Output;
using Mesh.Hosting;
using Mesh.V1;

namespace Mesh.Cli.Verbs.Messaging;

/// <summary><c>meshctl queues receive QUEUE</c>: takes messages, shows them, and acknowledges them once they are shown.</summary>
internal static class ReceiveVerb
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    public static Command Build()
    {
        var queue = MessagingOptions.Queue();
        var count = MessagingOptions.Number("--count", 1, 1000, "1", "At most as many.");
        var wait = new CliOption<TimeSpan>("--wait", ValueKinds.Duration(TimeSpan.Zero, LongestWait), "0s", "How long to wait while there is none.");
        var keep = new Flag("--no-ack", "Leaves them to be delivered again when their lease is over.");
        var verb = new Command("receive", "Takes messages, shows and acknowledges them: meshctl queues receive email --count 10 --wait 5s.") { queue, count.Symbol, wait.Symbol, keep };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var queues = new Queues.QueuesClient(talk.Channel);
            var name = queue.Get(parsed)[0];
            var request = new PollRequest { Queue = name, MaxMessages = (uint)count.Get(parsed), Wait = wait.Get(parsed).ToDuration() };
            talk.HasAnswered(); // the wait has a bound of its own
            var polled = await queues.PollAsync(request, cancellationToken: talk.Cancellation);
            var (output, format) = (parsed.InvocationConfiguration.Output, options.Format(parsed));
            if (format == OutputFormat.Table)
            {
                MessagingTables.WriteDeliveries(output, polled.Deliveries);
            }
            else
            {
                foreach (var delivery in polled.Deliveries)
                {
                    Messages.TryWrite(output, format, delivery);
                }
            }

            await output.FlushAsync(talk.Cancellation);
            if (polled.Deliveries.Count != 0 && !parsed.GetValue(keep))
            {
                var ack = new AckRequest { Queue = name, Tokens = { polled.Deliveries.Select(delivery => delivery.Token) } };
                await queues.AckAsync(ack, cancellationToken: talk.Cancellation);
            }
        }, cancellation));
        return verb;
    }
}
