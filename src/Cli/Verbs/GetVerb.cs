using System.CommandLine;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using Mesh.Cli.Answers;
using Mesh.Cli.Output;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary>
/// <c>meshctl get [config] SERVICE</c>: a service, its instances, and its configuration if it has one; or that alone, as
/// <c>apply</c> takes it.
/// </summary>
internal static class GetVerb
{
    private const string ConfigWord = "config";

    public static Command Build()
    {
        var names = ValueArgument.Services(new ArgumentArity(1, 2));
        names.HelpName = $"[{ConfigWord}] SERVICE";
        names.Description = $"Its name; after the word {ConfigWord}, its configuration alone.";
        names.Validators.Add(result =>
        {
            if (result.Tokens is [var first, _] && first.Value != ConfigWord)
            {
                result.AddError($"'{first.Value}' is not {ConfigWord}: one service is shown at a time");
            }
        });
        var verb = new Command("get", "Shows a service, its instances and its configuration; with -o yaml the configuration as apply takes it.") { names };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var (output, format) = (parsed.InvocationConfiguration.Output, options.Format(parsed));
            var name = names.Get(parsed)[^1];
            var config = await ConfigAsync(new Config.ConfigClient(talk.Channel), name, talk.Cancellation);
            if (names.Get(parsed).Count == 2 || format == OutputFormat.Yaml)
            {
                WriteConfig(output, format, config ?? throw new CliException($"service '{name}' has no configuration: the defaults hold"));
                return;
            }

            var found = await FindAsync(new Registry.RegistryClient(talk.Channel), name, talk.Cancellation);
            if (found is null && config is null)
            {
                throw new CliException($"no service '{name}' is registered, and no configuration is there for one (meshctl list)");
            }

            Write(output, format, found ?? new GetServiceResponse(), config);
        }, cancellation));
        return verb;
    }

    private static async Task<GetServiceResponse?> FindAsync(Registry.RegistryClient registry, string name, CancellationToken cancellation)
    {
        try
        {
            var limit = new AnswerLimit("instances");
            var found = await registry.GetServiceAsync(new GetServiceRequest { Name = name }, cancellationToken: cancellation);
            var token = limit.Next(found, found.NextPageToken);
            while (token.Length > 0)
            {
                var request = new ListInstancesRequest { Service = name, PageToken = token };
                var page = await registry.ListInstancesAsync(request, cancellationToken: cancellation);
                token = limit.Next(page, page.NextPageToken);
                found.Instances.Add(page.Instances);
            }

            found.NextPageToken = "";
            return found;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
    }

    private static async Task<ConfigResource?> ConfigAsync(Config.ConfigClient configs, string name, CancellationToken cancellation)
    {
        try
        {
            return await configs.GetAsync(new GetConfigRequest { Service = name }, cancellationToken: cancellation);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
    }

    private static void WriteConfig(TextWriter output, OutputFormat format, ConfigResource config)
    {
        if (format == OutputFormat.Json)
        {
            Messages.TryWrite(output, format, config);
        }
        else
        {
            ConfigDocuments.Write(output, [config]);
        }
    }

    private static void Write(TextWriter output, OutputFormat format, GetServiceResponse found, ConfigResource? config)
    {
        if (format == OutputFormat.Json)
        {
            var all = JsonNode.Parse(JsonFormatter.Default.Format(found))!.AsObject();
            all[ConfigWord] = config is null ? null : JsonNode.Parse(JsonFormatter.Default.Format(config));
            output.WriteLine(all.ToJsonString());
            return;
        }

        if (found.Service is not null)
        {
            RegistryTables.WriteServices(output, [found.Service]);
            output.WriteLine();
            RegistryTables.WriteInstances(output, found.Instances);
            output.WriteLine();
        }

        output.WriteLine(config is null
            ? "no configuration: the defaults hold"
            : $"configuration, version {config.Version}:\n{ResourceYaml.WriteYaml(config.Config ?? new ServiceConfig()).TrimEnd()}");
    }
}
