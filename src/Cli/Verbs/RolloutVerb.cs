using System.CommandLine;
using Mesh.Cli.Answers;
using Mesh.Cli.Output;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl rollout status SERVICE</c>: which sidecars have applied its configuration, and what the others say. 1 if there are others.</summary>
internal static class RolloutVerb
{
    public static Command Build() => new("rollout", "Shows how far a configuration has come.") { Status() };

    private static Command Status()
    {
        var service = ValueArgument.Services(ArgumentArity.ExactlyOne);
        service.Description = "Whose configuration.";
        var kind = KindOption.Make(ConfigKindName.Policy, "Which configuration.");
        var verb = new Command("status", "Says which sidecars have applied a service's configuration and what the others have made of it; exit code 1 if there are others.")
        {
            service, kind.Symbol,
        };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction(async (parsed, cancellation) =>
        {
            var isApplied = false;
            await options.AskAsync(parsed, async talk =>
            {
                var name = service.Get(parsed)[0];
                var receipts = await Receipts.ReadAsync(new Config.ConfigClient(talk.Channel), name, kind.Get(parsed)!, talk.Cancellation);
                isApplied = Receipts.IsApplied(receipts);
                var output = parsed.InvocationConfiguration.Output;
                if (!Messages.TryWrite(output, options.Format(parsed), receipts))
                {
                    ReceiptTables.Write(output, ConfigKindName.Subject(name, kind.Get(parsed)!), receipts);
                }
            }, cancellation);
            return isApplied ? 0 : 1;
        });
        return verb;
    }
}
