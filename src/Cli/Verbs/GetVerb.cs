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
            var configs = await ConfigsAsync(new Config.ConfigClient(talk.Channel), name, talk.Cancellation);
            if (names.Get(parsed).Count == 2 || format == OutputFormat.Yaml)
            {
                WriteConfigs(output, format, configs.Count > 0 ? configs : throw new CliException($"service '{name}' has no configuration: the defaults hold"));
                return;
            }

            var found = await FindAsync(new Registry.RegistryClient(talk.Channel), name, talk.Cancellation);
            if (found is null && configs.Count == 0)
            {
                throw new CliException($"no service '{name}' is registered, and no configuration is there for one (meshctl list)");
            }

            Write(output, format, found ?? new GetServiceResponse(), configs);
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

    private static async Task<List<ConfigResource>> ConfigsAsync(Config.ConfigClient configs, string name, CancellationToken cancellation)
    {
        var found = new List<ConfigResource>();
        foreach (var kind in ConfigKindName.All)
        {
            try
            {
                var config = await configs.GetAsync(new GetConfigRequest { Service = name, Kind = kind }, cancellationToken: cancellation);
                // One that does not know of kinds answers with the policy whatever it is asked for.
                if (ConfigKindName.Of(config) == kind)
                {
                    found.Add(config);
                }
            }
            catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
            {
                // It has none.
            }
        }

        return found;
    }

    private static void WriteConfigs(TextWriter output, OutputFormat format, List<ConfigResource> configs)
    {
        if (format != OutputFormat.Json)
        {
            ConfigDocuments.Write(output, configs);
            return;
        }

        foreach (var config in configs)
        {
            Messages.TryWrite(output, format, config);
        }
    }

    private static void Write(TextWriter output, OutputFormat format, GetServiceResponse found, List<ConfigResource> configs)
    {
        if (format == OutputFormat.Json)
        {
            var all = JsonNode.Parse(JsonFormatter.Default.Format(found))!.AsObject();
            all[ConfigWord] = null;
            foreach (var config in configs)
            {
                all[ConfigKindName.Of(config) == ConfigKindName.Policy ? ConfigWord : ConfigKindName.Of(config)] = JsonNode.Parse(JsonFormatter.Default.Format(config));
            }

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

        if (configs.Count == 0)
        {
            output.WriteLine("no configuration: the defaults hold");
        }

        foreach (var config in configs)
        {
            var (word, message) = ConfigKindName.Of(config) == ConfigKindName.Policy
                ? ("configuration", (IMessage)(config.Config ?? new ServiceConfig()))
                : ("inbound configuration", config.Inbound);
            output.WriteLine($"{word}, version {config.Version}:\n{ResourceYaml.WriteYaml(message).TrimEnd()}");
        }
    }
}
