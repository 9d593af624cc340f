using System.CommandLine;
using Mesh.Hosting;
using Mesh.Resources;
using Mesh.Resources.Files;
using Mesh.Resources.Gateway;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl import FILE</c>: routes of the Gateway API as resources that <c>apply</c> takes. 0 if all carries over, 3 if something does not, which stderr names.</summary>
internal static class ImportVerb
{
    private const int Partly = 3;

    public static Command Build()
    {
        var file = new ValueArgument("FILE", "a file, or - for the standard input", ArgumentArity.ExactlyOne) { Description = "YAML of GRPCRoutes and HTTPRoutes; - is the standard input." };
        var service = new CliOption<string>("--service", ValueKinds.ServiceName, null, "Whose callers the routes are for; default: the Service that their parentRefs name.");
        var verb = new Command(
            "import",
            "Prints routes of the Gateway API as our resources, and names on stderr what does not carry over; asks nobody: meshctl import route.yaml | meshctl apply -f -. Exit code 3 if something does not carry over.")
        {
            file, service.Symbol,
        };
        verb.SetAction(async (parsed, cancellation) =>
        {
            var name = file.Get(parsed)[0];
            var text = await Task.Run(() => TextOf(name), cancellation).WaitAsync(cancellation);
            var import = GatewayImport.Read(text, name == "-" ? "<stdin>" : name, service.Get(parsed));
            foreach (var lost in import.Lost)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"meshctl: {lost}");
            }

            if (import.Faults.Count != 0)
            {
                throw new CliException(string.Join('\n', import.Faults));
            }

            foreach (var resource in import.Resources)
            {
                parsed.InvocationConfiguration.Output.Write($"---\n{ResourceYaml.WriteYaml(resource)}");
            }

            return import.Lost.Count == 0 ? 0 : Partly;
        });
        return verb;
    }

    private static string TextOf(string name)
    {
        string text, fault;
        if (name == "-")
        {
            using var input = Stdio.OpenInput();
            return ResourceFile.TryRead(input, "<stdin>", out text, out fault) ? text : throw new CliException(fault);
        }

        return ResourceFile.TryRead(name, out text, out fault) ? text : throw new CliException(fault);
    }
}
