using System.Text.Json;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.Static;
using Mesh.Integration.V1;
using Mesh.Tests;

namespace Mesh.Integration.Mesh;

/// <summary>The inbound resource of a service, from a file through <c>meshctl</c> to what its callers see.</summary>
public sealed class InboundTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-inbound-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_limit_is_applied_changed_under_way_and_deleted()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var instance = await MeshInstance.StartAsync(plane, "echo-1", "--access-log", "json");
        await plane.HealthyAsync("echo", "echo-1");
        await using var caller = await Sidecar.StartAsync("--control-plane", plane.Url, "--upstream", "echo=127.0.0.1:0");
        var client = new Echo.EchoClient(caller.Channel("echo"));
        Assert.Equal("echo-1", (await client.UnaryAsync(new Behaviour())).Instance);

        Assert.Equal("echo (inbound): version 1", Assert.Single(await ApplyAsync(plane, limit: 1)));
        await InForceAsync(instance.Sidecar, version: 1, limit: 1);
        using var held = client.Bidi(cancellationToken: Bound.Token);
        await held.RequestStream.WriteAsync(new EchoRequest());
        Assert.True(await held.ResponseStream.MoveNext(Bound.Token));

        var refused = await client.FailureAsync(new Behaviour());
        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        Assert.Contains("too many calls are under way (limit 1)", refused.Detail, StringComparison.Ordinal);
        await instance.Sidecar.Process.LineAsync(line => line.StartsWith('{') && JsonDocument.Parse(line).RootElement is var call
            && call.GetProperty("direction").GetString() == "inbound" && call.GetProperty("response_flags").GetString() == "UO");
        Assert.Equal(2, instance.App.Counts.Calls); // the one before and the one that is held

        using (var admin = new HttpClient { BaseAddress = new Uri($"http://{instance.Sidecar.Admin}") })
        {
            Assert.Contains("inbound echo  policy version 1  in flight 1/1 ", await admin.GetStringAsync("/clusters?format=text", Bound.Token), StringComparison.Ordinal);
            Assert.Contains($"inbound echo  to {instance.App.Address}  version 1: max_concurrent_requests 1", await admin.GetStringAsync("/config?format=text", Bound.Token), StringComparison.Ordinal);
        }

        Assert.Equal("echo (inbound): version 2", Assert.Single(await ApplyAsync(plane, limit: 2)));
        await InForceAsync(instance.Sidecar, version: 2, limit: 2);
        Assert.Equal("echo-1", (await client.UnaryAsync(new Behaviour())).Instance);
        await held.RequestStream.WriteAsync(new EchoRequest());
        Assert.True(await held.ResponseStream.MoveNext(Bound.Token)); // what was under way goes on

        await ApplyAsync(plane, limit: 1);
        await InForceAsync(instance.Sidecar, version: 3, limit: 1);
        Assert.Equal(StatusCode.Unavailable, (await client.FailureAsync(new Behaviour())).StatusCode);
        Assert.Equal("echo (inbound): deleted, version 4", Assert.Single(await MeshctlAsync(plane, "delete", "echo")));
        await InForceAsync(instance.Sidecar, version: 4, limit: 1_000_000);
        Assert.Equal("echo-1", (await client.UnaryAsync(new Behaviour())).Instance);
        await held.RequestStream.CompleteAsync();
        Assert.False(await held.ResponseStream.MoveNext(Bound.Token));
    }

    [Fact]
    public async Task What_is_applied_stands_in_lists_and_reads_back_as_it_can_be_applied()
    {
        await using var plane = await ControlPlane.StartAsync();
        await ApplyAsync(plane, limit: 7);
        Assert.Contains(await MeshctlAsync(plane, "list", "configs"), line => line.StartsWith("echo     inbound  1 ", StringComparison.Ordinal));
        var document = await MeshctlAsync(plane, "get", "config", "echo");
        Assert.Contains("    maxConcurrentRequests: 7", document);
        await File.WriteAllLinesAsync(Path.Combine(_folder.FullName, "again.yaml"), document);
        Assert.Equal(["echo (inbound): version 1"], await MeshctlAsync(plane, "apply", "-f", Path.Combine(_folder.FullName, "again.yaml")));
    }

    [Fact]
    public async Task A_sidecar_that_is_restarted_while_the_control_plane_is_away_keeps_to_it()
    {
        await using var app = await EchoServer.StartAsync();
        string[] arguments = ["--service", "echo", "--app", app.Address, "--health", "none", "--cache", _folder.FullName];
        string url;
        await using (var plane = await ControlPlane.StartAsync())
        {
            url = plane.Url;
            await ApplyAsync(plane, limit: 1);
            await using var former = await Sidecar.StartAsync([.. arguments, "--control-plane", url]);
            // It is ready once it knows.
            await InForceNowAsync(former, version: 1, limit: 1);
            await Bound.UntilAsync(() => _folder.GetFiles("*.snapshot").Length == 1, () => "a snapshot on disk");
            await former.Process.KillAsync();
        }

        await using var sidecar = await Sidecar.StartAsync([.. arguments, "--control-plane", url]);
        await InForceNowAsync(sidecar, version: 1, limit: 1);
        var client = new Echo.EchoClient(sidecar.ChannelTo(sidecar.Inbound, "echo"));
        using var held = client.Bidi(cancellationToken: Bound.Token);
        await held.RequestStream.WriteAsync(new EchoRequest());
        Assert.True(await held.ResponseStream.MoveNext(Bound.Token));
        Assert.Contains("(limit 1)", (await client.FailureAsync(new Behaviour())).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_control_plane_that_is_killed_keeps_it_in_SQLite() =>
        await KeptAsync($"sqlite:{Path.Combine(_folder.FullName, "store.db")}");

    [EtcdFact]
    public async Task A_control_plane_that_is_killed_keeps_it_in_etcd()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        await KeptAsync(etcd.Option);
    }

    [Fact]
    public async Task A_static_file_says_it_of_the_service_beside_the_sidecar()
    {
        await using var app = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(
            """
            services:
            - name: echo
              inbound: {timeouts: {request: 100ms}}
            - name: other
              inbound: {timeouts: {request: 1h}}
            """,
            "--service", "echo", "--app", app.Address);
        var late = await new Echo.EchoClient(sidecar.ChannelTo(sidecar.Inbound, "echo")).FailureAsync(new Behaviour { Hang = true });
        Assert.Equal(StatusCode.DeadlineExceeded, late.StatusCode);
        Assert.Contains("within timeouts.request of 100ms", late.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_comes_in_keeps_to_a_rate_for_each_address_it_comes_from()
    {
        await using var app = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(
            """
            services:
            - name: echo
              inbound: {rate_limits: [{requests: 1, per: 1h, by_source_address: true}]}
            """,
            "--service", "echo", "--app", app.Address);
        var client = new Echo.EchoClient(sidecar.ChannelTo(sidecar.Inbound, "echo"));
        await client.UnaryAsync(new Behaviour());
        Assert.Contains("1 in 1h for each source address", (await client.FailureAsync(new Behaviour())).Detail, StringComparison.Ordinal);
        using var other = new HttpClient(MeshChannel.Handler(sidecar.Inbound, from: "127.0.0.2"));
        using var response = await other.SendAsync(GrpcHttp.Request("echo", "Unary", GrpcHttp.Frame(new EchoRequest())), Bound.Token);
        await response.Content.ReadAsByteArrayAsync(Bound.Token);
        Assert.Equal("0", response.TrailingHeaders.GetValues("grpc-status").Single());
        Assert.Equal(2, app.Counts.Calls);
    }

    /// <summary>What was applied, changed, deleted and applied again is as it was last, in version and value, to who comes after a kill.</summary>
    private async Task KeptAsync(string store)
    {
        await using (var plane = await ControlPlane.StartAsync("--store", store))
        {
            await ApplyAsync(plane, limit: 5);
            await MeshctlAsync(plane, "delete", "echo");
            Assert.Equal("echo (inbound): version 3", Assert.Single(await ApplyAsync(plane, limit: 7)));
            await plane.Process.KillAsync();
        }

        await using var next = await ControlPlane.StartAsync("--store", store);
        await using var instance = await MeshInstance.StartAsync(next, "echo-1");
        await InForceAsync(instance.Sidecar, version: 3, limit: 7);
        Assert.Equal("echo (inbound): version 3", Assert.Single(await ApplyAsync(next, limit: 7)));
        Assert.Equal("echo (inbound): deleted, version 4", Assert.Single(await MeshctlAsync(next, "delete", "echo")));
        await InForceAsync(instance.Sidecar, version: 4, limit: 1_000_000);
    }

    private async Task<IReadOnlyList<string>> ApplyAsync(ControlPlane plane, int limit)
    {
        var file = Path.Combine(_folder.FullName, "echo.yaml");
        await File.WriteAllTextAsync(file, $"service: echo\ninbound:\n  limits:\n    max_concurrent_requests: {limit}\n");
        return await MeshctlAsync(plane, "apply", "-f", file);
    }

    private static async Task<IReadOnlyList<string>> MeshctlAsync(ControlPlane plane, params string[] arguments)
    {
        await using var meshctl = MeshProcess.Start("meshctl", Executables.Meshctl, [.. arguments, "--control-plane", plane.Url]);
        var code = await meshctl.ExitCodeAsync();
        Assert.True(code == 0, string.Join('\n', meshctl.Errors));
        return meshctl.Output;
    }

    private static Task InForceAsync(Sidecar sidecar, long version, int limit) => Bound.UntilAsync(
        async () => await ReadAsync(sidecar) == (version, limit), () => $"version {version} in force");

    private static async Task InForceNowAsync(Sidecar sidecar, long version, int limit) => Assert.Equal((version, limit), await ReadAsync(sidecar));

    private static async Task<(long Version, int Limit)> ReadAsync(Sidecar sidecar)
    {
        using var admin = new HttpClient { BaseAddress = new Uri($"http://{sidecar.Admin}") };
        using var page = JsonDocument.Parse(await admin.GetStringAsync("/config", Bound.Token));
        var inbound = page.RootElement.GetProperty("inbound");
        return (inbound.GetProperty("version").GetInt64(),
            inbound.GetProperty("config").GetProperty("limits").GetProperty("max_concurrent_requests").GetInt32());
    }
}
