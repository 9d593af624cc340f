using System.CommandLine;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl validate -f FILE</c>: what <c>apply</c> would find wrong, without a control plane.</summary>
internal static class ValidateVerb
{
    public static Command Build()
    {
        var files = CliOptions.Files(required: true);
        var verb = new Command("validate", "Checks configuration as apply does, and asks nobody.") { files };
        verb.SetAction(async (parsed, cancellation) =>
        {
            var resources = await ResourceFiles.ReadAsync(parsed.GetValue(files)!, parsed.InvocationConfiguration.Error, cancellation);
            parsed.InvocationConfiguration.Output.WriteLine($"{resources.Count} {(resources.Count == 1 ? "resource is" : "resources are")} valid");
            return 0;
        });
        return verb;
    }
}
