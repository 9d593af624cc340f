using System.CommandLine;
using Mesh.Cli.Answers;
using Mesh.Cli.Output;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl history SERVICE</c>: the versions that are kept of its configuration.</summary>
internal static class HistoryVerb
{
    public static Command Build()
    {
        var service = ValueArgument.Services(ArgumentArity.ExactlyOne);
        service.Description = "Whose configuration.";
        var kind = KindOption.Make(ConfigKindName.Policy, "Which configuration.");
        var verb = new Command("history", "Lists the versions of a service's configuration, the newest first: when, by whom and why.") { service, kind.Symbol };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var configs = new Config.ConfigClient(talk.Channel);
            var versions = await ConfigVersions.ReadAsync(configs, service.Get(parsed)[0], kind.Get(parsed)!, talk.Cancellation);
            Write(parsed.InvocationConfiguration.Output, options.Format(parsed), versions);
        }, cancellation));
        return verb;
    }

    private static void Write(TextWriter output, OutputFormat format, IReadOnlyList<ConfigVersion> versions)
    {
        if (format == OutputFormat.Table)
        {
            ConfigTables.WriteVersions(output, versions);
            return;
        }

        foreach (var version in versions)
        {
            Messages.TryWrite(output, format, version);
        }
    }
}
