namespace Mesh.Hosting.Tests;

public sealed class OptionSetTests
{
    private readonly OptionSet _options = new("mesh-sidecar", "Proxies the calls of one service.");
    private readonly Dictionary<string, string> _environment = [];
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();
    private readonly Setting<HostPort> _port;
    private readonly Setting<string> _service;
    private readonly Setting<IReadOnlyList<KeyValuePair<string, string>>> _metadata;
    private readonly Setting<TimeSpan> _grace;
    private readonly Setting<string> _version;
    private readonly Setting<bool> _once;

    public OptionSetTests()
    {
        _port = _options.Add("port", ValueKinds.ListenAddress, "127.0.0.1:15001", "Where clients come in.");
        _service = _options.Add("service", ValueKinds.ServiceName, null, "The service beside it.");
        _metadata = _options.AddRepeated("metadata", ValueKinds.KeyValue, "A label.");
        _grace = _options.Add("drain-grace", ValueKinds.Duration(TimeSpan.Zero, TimeSpan.FromHours(1)), "30s", "How long to wait.");
        _version = _options.Add("service-version", ValueKinds.Text("VERSION", "a text of at least one character"), null, "The instance's version.");
        _once = _options.AddFlag("once", "Once only.");
    }

    [Fact]
    public void Defaults_hold_where_nothing_is_given()
    {
        var values = Read();
        Assert.Equal("127.0.0.1:15001", values.Get(_port).ToString());
        Assert.Equal(TimeSpan.FromSeconds(30), values.Get(_grace));
        Assert.False(values.TryGet(_service, out _));
        Assert.Empty(values.Get(_metadata));
        Assert.False(values.Get(_once));
        Assert.False(values.IsGiven(_port));
    }

    [Fact]
    public void An_argument_wins_over_its_variable()
    {
        _environment["MESH_PORT"] = "127.0.0.1:1";
        _environment["MESH_DRAIN_GRACE"] = "5s";
        var values = Read("--port", "[::1]:2");
        Assert.Equal(new HostPort("::1", 2), values.Get(_port));
        Assert.Equal(TimeSpan.FromSeconds(5), values.Get(_grace));
        Assert.True(values.IsGiven(_grace));
    }

    [Fact]
    public void An_empty_variable_counts_as_none()
    {
        _environment["MESH_PORT"] = "";
        Assert.Equal(15001, Read().Get(_port).Port);
    }

    [Fact]
    public void A_repeated_option_keeps_all_values_and_its_variable_splits_at_commas()
    {
        Assert.Equal(["a=1", "b=2=3"], Read("--metadata", "a=1", "--metadata=b=2=3").Get(_metadata).Select(m => $"{m.Key}={m.Value}"));
        _environment["MESH_METADATA"] = "a=1, b=2";
        Assert.Equal(["a=1", "b=2"], Read().Get(_metadata).Select(m => $"{m.Key}={m.Value}"));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("--once", true)]
    [InlineData("--once true", true)]
    [InlineData("--once=false", false)]
    public void A_flag_is_on_when_it_is_there(string line, bool expected) =>
        Assert.Equal(expected, Read(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Get(_once));

    [Fact]
    public void A_flags_variable_turns_it_on()
    {
        _environment["MESH_ONCE"] = "true";
        Assert.True(Read().Get(_once));
    }

    [Fact]
    public void The_program_tells_its_own_version()
    {
        Assert.False(_options.TryRead(["--version"], Variable, _output, _errors, out _, out var exitCode));
        Assert.Equal(0, exitCode);
        Assert.Matches(@"^mesh-sidecar \d+\.\d+\.\d+\r?\n$", _output.ToString());
        Assert.Equal("v2", Read("--service-version", "v2").Get(_version));
    }

    [Fact]
    public void Another_verb_is_named_by_help()
    {
        _options.AddVerb("probe", "Asks whether something is well.");
        Assert.False(_options.TryRead(["--help"], Variable, _output, _errors, out _, out _));
        Assert.Matches(@"(?m)^  probe +Asks whether something is well\.", _output.ToString());
    }

    [Theory]
    [InlineData("--port x", "mesh-sidecar: --port: 'x' is not HOST:PORT with an IP address and a port of 0 to 65535 (for example 127.0.0.1:15001)")]
    [InlineData("--port", "mesh-sidecar: --port: lacks its value, HOST:PORT with an IP address and a port of 0 to 65535 (for example 127.0.0.1:15001)")]
    [InlineData("--port 127.0.0.1:1 --port 127.0.0.1:2", "mesh-sidecar: --port: is given more than once")]
    [InlineData("--prot 127.0.0.1:1", "mesh-sidecar: --prot: there is no such option; --help lists them")]
    [InlineData("--prot=1", "mesh-sidecar: --prot: there is no such option; --help lists them")]
    [InlineData("-p 1", "mesh-sidecar: -p: there is no such option; --help lists them")]
    [InlineData("orders", "mesh-sidecar: 'orders': there is no such argument; --help lists what there is")]
    [InlineData("@file", "mesh-sidecar: '@file': there is no such argument; --help lists what there is")]
    [InlineData("--metadata =x", "mesh-sidecar: --metadata: '=x' is not KEY=VALUE (for example team=checkout)")]
    [InlineData("--once maybe", "mesh-sidecar: --once: 'maybe' is not true or false")]
    [InlineData("--drain-grace 2h", "mesh-sidecar: --drain-grace: '2h' is not a duration of 0s to 1h (for example 10s, 250ms or 1m30s)")]
    public void A_fault_is_one_line_and_exit_code_2(string line, string expected)
    {
        Assert.False(_options.TryRead(line.Split(' '), Variable, _output, _errors, out _, out var exitCode));
        Assert.Equal(2, exitCode);
        Assert.Equal(expected + Environment.NewLine, _errors.ToString());
        Assert.Equal("", _output.ToString());
    }

    [Fact]
    public void A_fault_in_a_variable_names_the_variable()
    {
        _environment["MESH_METADATA"] = "a=1,nonsense";
        Assert.False(_options.TryRead([], Variable, _output, _errors, out _, out var exitCode));
        Assert.Equal(2, exitCode);
        Assert.Equal($"mesh-sidecar: MESH_METADATA: 'nonsense' is not KEY=VALUE (for example team=checkout){Environment.NewLine}", _errors.ToString());
    }

    [Fact]
    public void A_value_with_line_breaks_still_makes_one_line()
    {
        Assert.False(_options.TryRead(["--port", "a\nb\r\nc"], Variable, _output, _errors, out _, out _));
        Assert.StartsWith("mesh-sidecar: --port: 'a b c' is not", _errors.ToString(), StringComparison.Ordinal);
        Assert.Single(_errors.ToString().TrimEnd().Split('\n'));
    }

    [Fact]
    public void Help_lists_every_option_with_its_default_and_variable()
    {
        Assert.False(_options.TryRead(["--help"], Variable, _output, _errors, out _, out var exitCode));
        Assert.Equal(0, exitCode);
        var help = _output.ToString();
        Assert.Contains("Proxies the calls of one service.", help, StringComparison.Ordinal);
        Assert.Contains("--port <HOST:PORT>", help, StringComparison.Ordinal);
        Assert.Contains("Where clients come in. Default 127.0.0.1:15001. (MESH_PORT)", help, StringComparison.Ordinal);
        Assert.Contains("How long to wait. Default 30s; from 0s to 1h. (MESH_DRAIN_GRACE)", help, StringComparison.Ordinal);
        Assert.Contains("Once only. Default false. (MESH_ONCE)", help, StringComparison.Ordinal);
        Assert.Contains("May be repeated. (MESH_METADATA)", help, StringComparison.Ordinal);
        Assert.Equal("", _errors.ToString());
    }

    [Fact]
    public void A_verb_s_help_shows_how_it_is_called_with_what_it_needs()
    {
        var verb = new OptionSet("mesh-sidecar probe", "Asks.");
        verb.AddArgument("URL", ValueKinds.ConnectAddress, "Whom.");
        Assert.False(verb.TryRead(["--help"], Variable, _output, _errors, out _, out _));
        Assert.Contains("mesh-sidecar probe <URL> [options]", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Help_wins_over_faults_beside_it()
    {
        Assert.False(_options.TryRead(["--nonsense", "--help"], Variable, _output, _errors, out _, out var exitCode));
        Assert.Equal(0, exitCode);
        Assert.Contains("--port", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("users", null)]
    [InlineData("nobody", "mesh-demo: SERVICE: 'nobody' is not one of users, orders")]
    [InlineData("", "mesh-demo: SERVICE: is required: one of users, orders")]
    [InlineData("users orders", "mesh-demo: 'orders': there is no such argument; --help lists what there is")]
    public void An_argument_by_position_is_required_and_read_like_an_option(string line, string? fault)
    {
        var options = new OptionSet("mesh-demo", "Demo services.");
        var service = options.AddArgument("SERVICE", ValueKinds.OneOf(("users", 1), ("orders", 2)), "Which one.");
        var read = options.TryRead(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), Variable, _output, _errors, out var values, out _);
        Assert.Equal(fault is null, read);
        Assert.Equal(fault ?? "", _errors.ToString().TrimEnd());
        if (read)
        {
            Assert.Equal(1, values!.Get(service));
        }
    }

    [Fact]
    public void An_ill_formed_default_is_found_at_declaration() =>
        Assert.Throws<ArgumentException>(() => _options.Add("other", ValueKinds.ListenAddress, "here", "Help."));

    private string? Variable(string name) => _environment.GetValueOrDefault(name);

    private OptionValues Read(params string[] args)
    {
        Assert.True(_options.TryRead(args, Variable, _output, _errors, out var values, out _), _errors.ToString());
        return values;
    }
}
