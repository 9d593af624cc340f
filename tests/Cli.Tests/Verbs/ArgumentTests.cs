namespace Mesh.Cli.Tests.Verbs;

public sealed class ArgumentTests
{
    [Theory]
    [InlineData("'x' is not one of services, configs", "list", "x")]
    [InlineData("'service' is not config", "get", "service", "users")]
    [InlineData("--reason: '' is not a text of 1 to 1024 characters", "delete", "users", "--reason", "")]
    [InlineData("--timeout: '0' is not a duration of 10ms to 1h", "list", "--timeout", "0")]
    [InlineData("--file: is required: a file, a folder, or - for the standard input (meshctl apply --help)", "apply")]
    [InlineData("--file: lacks its value, a file, a folder, or -", "apply", "-f")]
    [InlineData("--output: lacks its value, one of table, json, yaml (meshctl list --help)", "list", "-o")]
    [InlineData("--output: is given more than once", "list", "-o", "json", "-o", "yaml")]
    [InlineData("--reason: lacks its value, a text of 1 to 1024 characters", "delete", "users", "--reason")]
    [InlineData("SERVICE: is required: a service's name (for example orders) (meshctl delete --help)", "delete")]
    [InlineData("SERVICE: is required: a service's name", "get")]
    [InlineData("URL: is required: a URL like http://HOST:PORT/readyz", "probe")]
    [InlineData("'--alow-missing': there is no such option (meshctl delete --help)", "delete", "users", "--alow-missing")]
    [InlineData("'--foo': there is no such option", "watch", "--foo")]
    [InlineData("--control-plane: goes behind the verb, not before it (meshctl list --help)", "--control-plane", "http://127.0.0.1:15010", "list")]
    [InlineData("--control-plane: goes behind the verb, not before it (meshctl list --help)", "--control-plane=http://127.0.0.1:15010", "list")]
    [InlineData("--allow-missing: takes no value", "delete", "users", "--allow-missing=yes")]
    [InlineData("--once: takes no value", "demo", "--once=5")]
    [InlineData("'b': there is no such verb or argument", "list", "services", "b")]
    [InlineData("'foo'", "foo")]
    [InlineData("'--foo'", "list", "--foo")]
    [InlineData("--control-plane: 'x' is not a URL", "list", "--control-plane", "x")]
    [InlineData("--control-plane: 'http://h:1/path' is not a URL", "list", "--control-plane", "http://h:1/path")]
    [InlineData("--output: 'xml' is not one of table, json, yaml", "list", "-o", "xml")]
    [InlineData("--rate: '0' is not a whole number of 1 to 10000", "demo", "--rate", "0")]
    [InlineData("--control-plane-port: '70000' is not", "demo", "--control-plane-port", "70000")]
    [InlineData("--otlp: 'nowhere' is not a URL", "demo", "--otlp", "nowhere")]
    [InlineData("--outbound: '127.0.0.1:0' is not HOST:PORT", "demo-load", "--outbound", "127.0.0.1:0")]
    [InlineData("URL: 'users' is not a URL", "probe", "users")]
    [InlineData("ID or --service is required: which calls are meant (meshctl why --help)", "why")]
    [InlineData("--service: is not for one call; leave out the id or --service", "why", "r-1", "--service", "users")]
    [InlineData("--last: 'soon' is not a duration", "why", "--service", "users", "--last", "soon")]
    [InlineData("--canary: needs --for as well: a duration", "apply", "-f", "x", "--canary", "10%")]
    [InlineData("--canary: needs --abort-if as well: comparisons", "apply", "-f", "x", "--canary", "10%", "--for", "2m")]
    [InlineData("--canary: '10' is not a percentage above 0% and below 100%", "apply", "-f", "x", "--canary", "10", "--for", "2m", "--abort-if", "success<99%")]
    [InlineData("--min-calls: has no effect without --canary", "apply", "-f", "x", "--min-calls", "10")]
    [InlineData("--abort-if: 'errors' is not one of success, p50", "apply", "-f", "x", "--canary", "10%", "--for", "2m", "--abort-if", "errors>1%")]
    [InlineData("--service: is required: ", "token", "create")]
    [InlineData("--uses: '0' is not a whole number of 1 to 1000000", "token", "create", "--service", "a", "--uses", "0")]
    [InlineData("--ttl: '400d' is not", "token", "create", "--service", "a", "--ttl", "400d")]
    [InlineData("'orders' is not SERVICE/INSTANCE (for example orders/orders-1)", "certs", "revoke", "orders")]
    [InlineData("SERVICE: is required: a service's name", "authz", "can", "web")]
    [InlineData("--timeout: '2' is not a duration", "probe", "http://127.0.0.1:1/", "--timeout", "2")]
    public async Task A_wrong_use_is_one_line_that_names_the_place_and_code_2(string complaint, params string[] args)
    {
        var (code, output, errors) = await Run(args);
        Assert.Equal(2, code);
        Assert.Equal("", output);
        Assert.Contains(complaint, errors);
        Assert.StartsWith("meshctl: ", errors, StringComparison.Ordinal);
        Assert.Equal(1, errors.Count(character => character == '\n'));
        Assert.DoesNotContain("Required argument", errors);
    }

    [Theory]
    [InlineData("no control plane answers at http://127.0.0.1:9 (--control-plane URL", "list", "--control-plane", "http://127.0.0.1:9")]
    [InlineData("no control plane answers at http://127.0.0.1:9", "get", "users", "--control-plane", "http://127.0.0.1:9")]
    [InlineData("no control plane answers at http://127.0.0.1:9", "watch", "--control-plane", "http://127.0.0.1:9")]
    [InlineData("http://127.0.0.1:9/readyz: Connection refused", "probe", "http://127.0.0.1:9/readyz")]
    [InlineData("grpc://127.0.0.1:9/: Unavailable", "probe", "grpc://127.0.0.1:9")]
    public async Task A_failure_is_one_line_that_says_what_failed_and_code_1(string complaint, params string[] args)
    {
        var (code, output, errors) = await Run(args);
        Assert.Equal((1, ""), (code, output));
        Assert.Contains(complaint, errors);
        Assert.Equal(1, errors.Count(character => character == '\n'));
    }

    [Fact]
    public async Task Help_lists_the_verbs_and_an_option_with_its_variable()
    {
        var (code, output, errors) = await Run("--help");
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("demo-load", output);
        Assert.Contains("--control-plane <URL>", (await Run("list", "--help")).Output);
        Assert.Contains("MESH_CONTROL_PLANE", (await Run("list", "--help")).Output);
    }

    [Fact]
    public async Task Help_says_how_much_a_value_may_be()
    {
        Assert.Contains("From 10ms to 1h. (MESH_TIMEOUT) [default: 10s]", (await Run("list", "--help")).Output);
        Assert.Contains("From 1 to 10000. (MESH_RATE) [default: 200]", (await Run("demo", "--help")).Output);
    }

    [Fact]
    public async Task Without_a_word_help_is_what_is_asked_for()
    {
        var (code, output, errors) = await Run();
        Assert.Equal((0, ""), (code, errors));
        Assert.Equal((await Run("--help")).Output, output);
    }

    private static async Task<(int Code, string Output, string Errors)> Run(params string[] args)
    {
        StringWriter output = new(), errors = new();
        var code = await Meshctl.RunAsync(args, output, errors, default);
        return (code, output.ToString(), errors.ToString());
    }
}
