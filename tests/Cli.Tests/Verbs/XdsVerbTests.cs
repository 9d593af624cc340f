using System.Text.Json.Nodes;

namespace Mesh.Cli.Tests.Verbs;

public sealed class XdsVerbTests
{
    [Fact]
    public async Task A_bootstrap_file_has_all_that_clients_and_servers_need()
    {
        var file = JsonNode.Parse(await RunAsync(
            "xds", "bootstrap", "--control-plane", "http://10.0.0.5:15010,https://plane:443", "--service", "web", "--locality", "eu/a", "--id", "web-1"))!;
        Assert.Equal(["10.0.0.5:15010", "plane:443"], file["xds_servers"]!.AsArray().Select(server => server!["server_uri"]!.GetValue<string>()));
        Assert.Equal(["insecure", "tls"], file["xds_servers"]!.AsArray().Select(server => server!["channel_creds"]![0]!["type"]!.GetValue<string>()));
        Assert.Equal("""{"id":"web/web-1","cluster":"web","locality":{"region":"eu","zone":"a"}}""", file["node"]!.ToJsonString());
        Assert.Contains("%s", file["server_listener_resource_name_template"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_says_nothing_of_itself_has_a_locality_all_the_same() =>
        Assert.Equal("""{"region":"","zone":""}""", JsonNode.Parse(await RunAsync("xds", "bootstrap"))!["node"]!["locality"]!.ToJsonString());

    [Theory]
    [InlineData("--locality", "a/b/c")]
    [InlineData("--service", "No")]
    public async Task What_is_no_place_or_name_is_refused(string option, string value)
    {
        var errors = new StringWriter();
        Assert.Equal(2, await Meshctl.RunAsync(["xds", "bootstrap", option, value], TextWriter.Null, errors, default));
        Assert.StartsWith($"meshctl: {option}: '{value}' is not a", errors.ToString(), StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(params string[] arguments)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        Assert.Equal(0, await Meshctl.RunAsync(arguments, output, errors, default));
        Assert.Equal("", errors.ToString());
        return output.ToString();
    }
}
