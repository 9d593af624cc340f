using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Cli.Demo;
using Mesh.Cli.Processes;
using Mesh.V1;

namespace Mesh.Cli.Tests.Verbs;

/// <summary>The verbs that ask the control plane, against a real one.</summary>
public sealed class ControlPlaneVerbTests : IAsyncLifetime
{
    private ChildProcess _process = null!;
    private GrpcChannel _channel = null!;

    private const string Whole = """
        service: users
        config:
          balancing: { policy: LEAST_REQUEST, panicThreshold: 0 }
          timeouts: { request: 90s, perTry: 0s, connect: 1.25s, idle: 0.000000001s }
          retry:
            maxAttempts: 4
            codes: [UNAVAILABLE, "8"]
            httpStatuses: [503, 429]
            backoffBase: 0s
            budget: { percent: 0, minPerSecond: 7 }
            replayLimitBytes: 0
            methods: [/demo.v1.Users/]
          breaker: { disabled: true }
          limits: { maxConcurrentRequests: 17 }
          routes:
          - name: "a: \"quoted\" name # é"
            match: { prefix: /demo.v1.Users/, headers: [{ name: x-user, exact: "yes" }, { name: x-other, invert: true }] }
            service: users-next
          - match: {}
        """;

    private string Address => $"http://{_process.Listener("grpc")}";

    [Fact]
    public async Task List_shows_services_and_instances()
    {
        using var lease = await Register("users-1");
        var (code, output, _) = await Run("list");
        Assert.Equal(0, code);
        Assert.Matches(@"users +HEALTHY +1/1 +2\.1", output);
        Assert.Matches(@"users +users-1 +10\.0\.0\.1:15006 +HEALTHY +100", output);
    }

    [Fact]
    public async Task Get_shows_one_service_in_the_API_s_own_words()
    {
        using var lease = await Register("users-1");
        var (code, output, _) = await Run("get", "users", "-o", "json");
        Assert.Equal(0, code);
        Assert.Contains("\"status\":\"HEALTHY\"", output);
        Assert.Contains("\"id\":\"users-1\"", output);
        Assert.Contains("\"config\":null", output);
    }

    [Fact]
    public async Task Get_of_what_nobody_knows_fails_with_a_line()
    {
        var (code, _, errors) = await Run("get", "nobody");
        Assert.Equal(1, code);
        Assert.Contains("no service 'nobody' is registered", errors);
    }

    [Fact]
    public async Task What_is_applied_is_shown_by_get()
    {
        var applied = await Apply("service: users\nconfig: { retry: { maxAttempts: 4 } }\n---\nservice: orders\nconfig: {}\n");
        Assert.Equal((0, "users: version 1\norders: version 1\n"), (applied.Code, applied.Output));
        Assert.Contains("maxAttempts: 4", (await Run("get", "users")).Output);
    }

    [Theory]
    [InlineData("get", "users")]
    [InlineData("get", "config", "users")]
    [InlineData("list", "configs")]
    public async Task What_is_printed_as_YAML_goes_back_unchanged(params string[] words)
    {
        var applied = await Apply(Whole, "--reason", "a # first: {line}");
        Assert.Equal("", applied.Errors);
        var printed = (await Run([.. words, "-o", "yaml"])).Output;
        Assert.Equal("users: version 1\n", (await Apply(printed)).Output);
        Assert.Equal(printed, (await Run([.. words, "-o", "yaml"])).Output);

        // And whole: taken away and applied again it is the same.
        await Run("delete", "users");
        Assert.Equal(0, (await Apply(printed)).Code);
        var again = (await Run([.. words, "-o", "yaml"])).Output;
        Assert.Equal(Documents(printed), Documents(again));
        Assert.Contains("maxAttempts: 4", again, StringComparison.Ordinal);
        Assert.Contains("connect: 1.250s", again, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_that_is_configured_goes_back_as_it_is_listed()
    {
        await Apply("service: users\nconfig: { retry: { maxAttempts: 4 } }\n---\nservice: orders\nconfig: {}\n");
        var printed = (await Run("list", "configs", "-o", "yaml")).Output;
        await Run("delete", "users", "orders");
        var (code, _, errors) = await Apply(printed);
        Assert.Equal((0, ""), (code, errors));
        Assert.Equal(Documents(printed), Documents((await Run("list", "configs", "-o", "yaml")).Output));
    }

    [Fact]
    public async Task Configs_are_listed_with_their_versions()
    {
        Assert.Contains("nothing is configured", (await Run("list", "configs")).Output, StringComparison.Ordinal);
        await Apply("service: users\nconfig: {}\n---\nservice: orders\nconfig: {}\n");
        var (code, output, _) = await Run("list", "configs");
        Assert.Equal(0, code);
        Assert.Matches(@"SERVICE +KIND +VERSION +UPDATED +AUTHOR +REASON\norders +policy +1 +20\S+Z .*\nusers +policy +1 +20\S+Z ", output);
        Assert.Contains("\"service\": \"orders\"", (await Run("list", "configs", "-o", "json")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_deleted_is_gone_and_what_is_missing_is_named_without_holding_up_the_others()
    {
        await Apply("service: users\nconfig: {}\n---\nservice: orders\nconfig: {}\n");
        var (code, output, errors) = await Run("delete", "users", "nobody", "orders", "--reason", "clean up");
        Assert.Equal(1, code);
        Assert.Matches(@"^users: deleted.*\norders: deleted.*\n$", output);
        Assert.Equal("meshctl: service 'nobody' has no configuration (--allow-missing takes that for success)\n", errors);
        Assert.Contains("nothing is configured", (await Run("list", "configs")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_holds_for_callers_and_what_holds_inbound_are_shown_together_and_may_be_deleted_apart()
    {
        await Apply("service: orders\nconfig: {}\ninbound: {limits: {max_pending_requests: 3}}\n");
        Assert.Matches(@"configuration, version 1:\n\{\}\ninbound configuration, version 1:\nlimits:\n  maxPendingRequests: 3\n$", (await Run("get", "orders")).Output);
        Assert.Matches(@"\norders +policy +1 .*\norders +inbound +1 ", (await Run("list", "configs")).Output);
        Assert.Equal("orders (inbound): deleted, version 2\n", (await Run("delete", "orders", "--kind", "inbound")).Output);
        var (code, _, errors) = await Run("delete", "orders", "--kind", "inbound");
        Assert.Equal((1, "meshctl: service 'orders' has no inbound configuration (--allow-missing takes that for success)\n"), (code, errors));
        Assert.Equal("orders: deleted, version 2\n", (await Run("delete", "orders")).Output);
        Assert.Equal(2, (await Run("delete", "orders", "--kind", "endpoints")).Code);
    }

    [Fact]
    public async Task Versions_are_listed_compared_and_gone_back_to()
    {
        await Apply("service: orders\nconfig: {retry: {max_attempts: 2}}\n", "--reason", "first");
        await Apply("service: orders\nconfig: {retry: {max_attempts: 4}, timeouts: {request: 2s}}\n", "--reason", "second");
        Assert.Matches(@"^VERSION +UPDATED +AUTHOR +REASON\n2 +20\S+Z +\S+@\S+ +second\n1 +20\S+Z +\S+@\S+ +first\n$", (await Run("history", "orders")).Output);
        Assert.Equal(
            "orders: version 1 -> version 2\n  ~ config.retry.max_attempts: 2 -> 4\n  + config.timeouts.request: 2s\n", (await Run("diff", "orders")).Output);
        Assert.Equal("orders: version 2 -> version 2: no difference\n", (await Run("diff", "orders", "--from", "2", "--to", "2")).Output);
        Assert.Contains("""{"path":"config.retry.max_attempts","before":"2","after":"4"}""", (await Run("diff", "orders", "-o", "json")).Output, StringComparison.Ordinal);

        Assert.Equal((0, "orders: version 3, which is as version 1\n", ""), await Run("rollback", "orders"));
        Assert.Contains("maxAttempts: 2", (await Run("get", "config", "orders")).Output, StringComparison.Ordinal);
        Assert.Contains(" rollback to version 1\n", (await Run("history", "orders")).Output, StringComparison.Ordinal);
        await Run("delete", "orders");
        Assert.Matches(@"\n4 .* \(deleted\) -\n3 ", "\n" + (await Run("history", "orders")).Output);
        Assert.Equal("orders: version 5, which is as version 2\n", (await Run("rollback", "orders", "--to", "2")).Output);
        Assert.Equal("orders: version 6, deleted as in version 4\n", (await Run("rollback", "orders", "--to", "4")).Output);

        Assert.Equal(
            (0, "orders: version 7, which is as version 1\n", "orders: version 7: no sidecar that it concerns is connected\n"),
            await Run("rollback", "orders", "--to", "1", "--wait"));

        var (code, _, errors) = await Run("rollback", "orders", "--to", "9");
        Assert.Equal((1, "meshctl: version 9 of 'orders' is not kept (meshctl history orders lists those that are)\n"), (code, errors));
        Assert.Contains("service 'users' has no configuration", (await Run("history", "users")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_file_would_change_is_shown_before_it_does()
    {
        await Apply("service: orders\nconfig: {retry: {max_attempts: 2}}\n");
        const string next = "service: orders\nconfig: {retry: {max_attempts: 3}}\ninbound: {limits: {max_pending_requests: 3}}\n";
        Assert.Equal(
            "orders: version 1 -> as given\n  ~ config.retry.max_attempts: 2 -> 3\norders (inbound): nothing -> as given\n  + inbound.limits.max_pending_requests: 3\n",
            (await OfFile("diff", next)).Output);
        Assert.Equal("1 resource is valid\n", (await OfFile("validate", next, asks: false)).Output);
        Assert.Contains(":2:32: config.retry.max_attempts: 11 is not within 1 to 10", (await OfFile("validate", next.Replace("3}", "11}", StringComparison.Ordinal), asks: false)).Errors, StringComparison.Ordinal);
        Assert.Equal(2, (await Run("diff")).Code);
    }

    [Fact]
    public async Task What_is_said_in_vain_is_told_and_applied()
    {
        const string text = "service: orders\nconfig: {routes: [{name: all}, {name: one, match: {exact: /a}}]}\n";
        const string warning = ":2:51: config.routes[1].match: route 'one' never matches, since 'all' (routes[0]) takes all of its calls; put it before that one, or leave it out\n";
        var (code, output, errors) = await OfFile("validate", text, asks: false);
        Assert.Equal((0, "1 resource is valid\n"), (code, output));
        Assert.StartsWith("warning: ", errors, StringComparison.Ordinal);
        Assert.EndsWith(warning, errors, StringComparison.Ordinal);

        (code, output, errors) = await Apply(text);
        Assert.Equal((0, "orders: version 1\n"), (code, output));
        Assert.EndsWith(warning, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_route_of_the_Gateway_API_is_printed_so_that_it_can_be_applied_and_what_is_lost_is_named()
    {
        const string route = "kind: GRPCRoute\nmetadata: {name: r}\nspec:\n  parentRefs: [{kind: Service, name: orders}]\n  rules:\n  - backendRefs: [{name: orders-next}]\n";
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, route);
            var (code, printed, errors) = await RunAlone("import", file);
            Assert.Equal((0, ""), (code, errors));
            Assert.Equal((0, "orders: version 1\n", ""), await Apply(printed));
            await File.WriteAllTextAsync(file, route + "    sessionPersistence: {sessionName: s}\n");
            (code, var again, errors) = await RunAlone("import", file);
            Assert.Equal((3, printed), (code, again));
            Assert.StartsWith($"meshctl: {file}:7:25: spec.rules[0].sessionPersistence: is not carried over", errors, StringComparison.Ordinal);
            await File.WriteAllTextAsync(file, "kind: Gateway\n");
            Assert.Equal((1, ""), await RunAlone("import", file) is var none ? (none.Code, none.Output) : default);
            Assert.Equal(1, (await RunAlone("import", file + ".missing")).Code);
            Assert.Equal(2, (await RunAlone("import")).Code);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_change_of_what_somebody_else_has_changed_meanwhile_is_refused()
    {
        const string first = "service: orders\nconfig: {retry: {max_attempts: 2}}\n";
        Assert.Equal("orders: version 1\n", (await Apply(first, "--if-version", "0")).Output);
        await Apply("service: orders\nconfig: {retry: {max_attempts: 3}}\n");
        var (code, _, errors) = await Apply(first, "--if-version", "1");
        Assert.Equal(1, code);
        Assert.EndsWith("says Aborted: if_version: orders: it is at version 2: look at it again and decide anew\n", errors, StringComparison.Ordinal);
        Assert.Equal("orders: version 3\n", (await Apply(first, "--if-version", "2")).Output);
    }

    [Fact]
    public async Task A_folder_and_several_files_are_applied_together_or_not_at_all()
    {
        var folder = Directory.CreateTempSubdirectory("mesh-apply-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "b.yml"), "service: orders\nconfig: {}\n");
            await File.WriteAllTextAsync(Path.Combine(folder, "a.yaml"), "service: users\nconfig: {}\n");
            await File.WriteAllTextAsync(Path.Combine(folder, "c.json"), "{\"service\": \"payments\"}");
            await File.WriteAllTextAsync(Path.Combine(folder, "readme.txt"), "\tnot: ours\n");
            var more = Path.Combine(folder, "more");
            Assert.Equal(1, (await Run("apply", "-f", folder, "-f", more)).Code);
            Assert.Contains("nothing is configured", (await Run("list", "configs")).Output, StringComparison.Ordinal);

            Directory.CreateDirectory(more);
            Assert.Contains("holds no *.yaml, *.yml or *.json file", (await Run("apply", "-f", folder, "-f", more)).Errors, StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(more, "d.yaml"), "service: notifications\nconfig: {}\n");
            var (code, output, errors) = await Run("apply", "-f", folder, "-f", more);
            Assert.Equal((0, ""), (code, errors));
            Assert.Equal("users: version 1\norders: version 1\npayments: version 1\nnotifications: version 1\n", output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_standard_input_is_applied_too()
    {
        using var meshctl = Process.Start(new ProcessStartInfo(Built.Executable("meshctl"), ["apply", "-f", "-", "--control-plane", Address])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await meshctl.StandardInput.WriteAsync("service: users\nconfig: {}\n");
        meshctl.StandardInput.Close();
        Assert.Equal("users: version 1\n", await meshctl.StandardOutput.ReadToEndAsync());
    }

    [Fact]
    public async Task A_dry_run_applies_nothing()
    {
        Assert.Equal(0, (await Apply("service: users\nconfig: {}\n", "--dry-run")).Code);
        Assert.Equal(1, (await Run("get", "users")).Code);
    }

    [Fact]
    public async Task A_field_that_does_not_exist_is_refused_with_its_place_in_the_file()
    {
        var (code, _, errors) = await Apply("service: users\nconfig:\n  retries: 3\n");
        Assert.Equal(1, code);
        Assert.Matches(@"^meshctl: .*:3:\d+: config\.retries: ", errors);
    }

    [Fact]
    public async Task Each_value_out_of_range_is_a_line_with_its_place_in_the_file()
    {
        var (code, _, errors) = await Apply("service: users\nconfig:\n  retry: { maxAttempts: 99 }\n  limits: { maxConcurrentRequests: 9999999 }\n");
        Assert.Equal(1, code);
        var lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Matches(@"^meshctl: .*:3:25: config\.retry\.max_attempts: 99 is not within 1 to 10$", lines[0]);
        Assert.Matches(@"^meshctl: .*:4:36: config\.limits\.max_concurrent_requests: ", lines[1]);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named()
    {
        var (code, _, errors) = await Run("apply", "-f", "/nowhere/mesh.yaml");
        Assert.Equal(1, code);
        Assert.Contains("/nowhere/mesh.yaml", errors);
    }

    [Fact]
    public async Task Watch_shows_a_snapshot_then_each_change_until_it_is_told_to_end()
    {
        using var end = new CancellationTokenSource();
        var output = new WaitingWriter();
        var watch = Meshctl.RunAsync(["watch", "--control-plane", Address], output, TextWriter.Null, end.Token);
        await output.Contains("revision ");
        using (await Register("users-1"))
        {
            await output.Contains(" ADDED users users-1 10.0.0.1:15006 HEALTHY: registered");
        }

        await Deregister("users-1");
        await output.Contains(" REMOVED users users-1 10.0.0.1:15006");
        await end.CancelAsync();
        Assert.Equal(0, await watch.WaitAsync(Built.Limit));
    }

    [Fact]
    public async Task The_demo_sees_an_instance_leave_once_its_lease_is_over()
    {
        await using var plane = await StartAsync("5s");
        var address = $"http://{plane.Listener("grpc")}";
        using var channel = GrpcChannel.ForAddress(address);
        await using var view = new RegistryView(new Uri(address), TimeProvider.System);
        using (await Register("users-1", channel))
        {
            Assert.True(await view.UntilAsync(instances => instances.Any(instance => instance.Id == "users-1"), Built.Limit, default));
        }

        // The stream is broken off: nothing is said any more, as after kill -9.
        Assert.True(await view.UntilAsync(instances => instances.Count == 0, Built.Limit, default));
        Assert.Equal(("users", "users-1", "lease expired"), view.Removals.Select(gone => (gone.Service, gone.Id, gone.Reason)).Single());
    }

    [Theory]
    [InlineData("list")]
    [InlineData("probe grpc://ADDRESS")]
    public async Task A_shell_s_proxy_is_not_asked(string line)
    {
        var address = _process.Listener("grpc");
        var variables = new Dictionary<string, string> { ["http_proxy"] = "http://127.0.0.1:1", ["MESH_CONTROL_PLANE"] = $"http://{address}", ["MESH_TIMEOUT"] = "20s" };
        await using var meshctl = ChildProcess.Start("meshctl", Built.Executable("meshctl"), line.Replace("ADDRESS", address).Split(' '), variables);
        Assert.True(await meshctl.ExitCodeAsync(Built.Limit) == 0, string.Join('\n', meshctl.Tail));
    }

    [Fact]
    public async Task The_demo_s_own_policy_is_valid()
    {
        await UsersPolicy.ApplyAsync(new Uri(Address), TimeProvider.System, default);
        Assert.Contains("UNAVAILABLE", (await Run("get", "users")).Output);
    }

    [Fact]
    public async Task A_probe_of_the_control_plane_exits_0_and_of_a_page_it_has_not_1()
    {
        var page = $"http://{_process.Listener("http")}";
        Assert.Equal(0, await Meshctl.RunAsync(["probe", page + "/readyz", "--timeout", "20s"], TextWriter.Null, TextWriter.Null, default));
        Assert.Equal(1, await Meshctl.RunAsync(["probe", page + "/nowhere", "--timeout", "20s"], TextWriter.Null, TextWriter.Null, default));
    }

    public async Task InitializeAsync()
    {
        // Nobody sends heartbeats here, and a busy machine takes its time.
        _process = await StartAsync("1h");
        _channel = GrpcChannel.ForAddress(Address);
    }

    public async Task DisposeAsync()
    {
        _channel.Dispose();
        await _process.DisposeAsync();
    }

    private static async Task<ChildProcess> StartAsync(string leaseTtl)
    {
        var process = ChildProcess.Start(
            "control-plane", Built.Executable("mesh-control-plane"), ["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", "--lease-ttl", leaseTtl], []);
        await process.ReadyAsync(Built.Limit, default);
        return process;
    }

    private Task<(int Code, string Output, string Errors)> Apply(string yaml, params string[] more) => OfFile("apply", yaml, true, more);

    private async Task<(int Code, string Output, string Errors)> OfFile(string verb, string yaml, bool asks = true, params string[] more)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, yaml);
            return asks ? await Run([verb, "-f", file, .. more]) : await RunAlone(verb, "-f", file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private Task<(int Code, string Output, string Errors)> Run(params string[] args) => RunAlone([.. args, "--control-plane", Address]);

    private static async Task<(int Code, string Output, string Errors)> RunAlone(params string[] args)
    {
        StringWriter output = new() { NewLine = "\n" }, errors = new() { NewLine = "\n" };
        var code = await Meshctl.RunAsync(args, output, errors, default);
        return (code, output.ToString(), errors.ToString());
    }

    private async Task<AsyncDuplexStreamingCall<RegisterRequest, RegisterResponse>> Register(string id, GrpcChannel? channel = null)
    {
        var call = new Registry.RegistryClient(channel ?? _channel).Register();
        await call.RequestStream.WriteAsync(new RegisterRequest
        {
            Registration = new Registration
            {
                Instance = new Instance
                {
                    Id = id,
                    Service = "users",
                    Address = "10.0.0.1",
                    Port = 15006,
                    Version = "2.1",
                    Status = ServiceStatus.Healthy,
                },
            },
        });
        Assert.True(await call.ResponseStream.MoveNext());
        return call;
    }

    private static string Documents(string printed) => string.Join('\n', printed.Split('\n').Where(line => !line.StartsWith('#')));

    private async Task Deregister(string id) =>
        await new Registry.RegistryClient(_channel).DeregisterAsync(new DeregisterRequest { Service = "users", InstanceId = id });
}
