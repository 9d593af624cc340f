using System.CommandLine;
using Mesh.Cli.Output;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary>
/// <c>meshctl trust status|rotate|undo</c>: the anchors of trust, and how they are replaced: each <c>rotate</c> is one step, which is refused while a sidecar is not
/// as far.
/// </summary>
internal static class TrustVerb
{
    public static Command Build() => new("trust", "Shows the anchors of trust, and replaces them step by step.")
    {
        Make("status", "Shows the anchors of trust, how far their rotation has come, and which sidecars it waits for.", static (trust, talk) =>
            trust.GetTrustAsync(new GetTrustRequest(), cancellationToken: talk.Cancellation).ResponseAsync),
        Make("rotate", "Begins to replace the anchor, or goes on to the next of three steps; refused while a sidecar is not as far, which is named.", static (trust, talk) =>
            trust.RotateAsync(new RotateRequest(), cancellationToken: talk.Cancellation).ResponseAsync),
        Make("undo", "Takes a rotation back, unless it is in its last step.", static (trust, talk) =>
            trust.UndoRotationAsync(new UndoRotationRequest(), cancellationToken: talk.Cancellation).ResponseAsync),
    };

    private static Command Make(string name, string help, Func<Trust.TrustClient, Conversation, Task<TrustStatus>> ask)
    {
        var verb = new Command(name, help);
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var status = await ask(new Trust.TrustClient(talk.Channel), talk);
            var output = parsed.InvocationConfiguration.Output;
            if (!Messages.TryWrite(output, options.Format(parsed), status))
            {
                TrustTables.Write(output, status);
            }
        }, cancellation));
        return verb;
    }
}
