using System.Net;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;
using Mesh.Tests;

namespace Mesh.Integration.Static;

/// <summary>Endpoints whose addresses are names.</summary>
public sealed class NameTests
{
    [NamespaceFact(asRoot: true)]
    public async Task While_the_resolver_is_silent_others_are_served_and_once_it_answers_so_is_who_waited()
    {
        using var names = NameServer.Start();
        await using var echo = await EchoServer.StartAsync();
        var file = Path.Combine(Path.GetTempPath(), $"mesh-{Guid.NewGuid():N}.yaml");
        await File.WriteAllTextAsync(file, $"""
            services:
            - name: echo
              endpoints: [address: "{echo.Address}"]
            - name: named
              endpoints: [{string.Join(", ", Enumerable.Range(1, 20).Select(i => $"address: \"n{i}.example:{echo.Port}\""))}]
              config:
                retry:
                  max_attempts: 1
                timeouts:
                  connect: 3s
            """);
        await using var process = MeshProcess.Start(
            "mesh-sidecar",
            "/usr/bin/unshare",
            [.. names.Shell, Executables.Sidecar, "--static", file, "--service", "app", "--app", $"app.example:{echo.Port}", "--outbound", "127.0.0.1:0", "--inbound", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
        await process.ReadyAsync();
        using var channel = MeshChannel.To(process.Listener("outbound"), "echo");
        using var named = MeshChannel.To(process.Listener("outbound"), "named");
        await Bound.UntilAsync(() => names.Asked > 0, () => "names looked up");
        await new Echo.EchoClient(channel).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);

        var failure = await Assert.ThrowsAsync<RpcException>(
            async () => await new Echo.EchoClient(named).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token));
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Matches(@"the name 'n\d+\.example' (has no answer yet|does not resolve)", failure.Status.Detail);

        names.Answer(IPAddress.Loopback);
        await AnswersAsync(named, "the named service");
        using var inbound = MeshChannel.To(process.Listener("inbound"), "app");
        await AnswersAsync(inbound, "the app");
        process.Terminate();
        Assert.Equal(0, await process.ExitCodeAsync());
        File.Delete(file);
    }

    // A name that is asked for again after a pause: until then a call is refused, or not looked at.
    private static Task AnswersAsync(ChannelBase channel, string what) => Bound.UntilAsync(
        async () =>
        {
            try
            {
                await new Echo.EchoClient(channel).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
                return true;
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
            {
                return false;
            }
        },
        () => what);

    [NamespaceFact(asRoot: true)]
    public async Task An_app_is_found_at_whichever_of_its_names_addresses_it_listens()
    {
        await using var app = await EchoServer.StartOnIPv6Async();
        var folder = Directory.CreateTempSubdirectory("mesh-hosts-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "hosts"), "127.0.0.1 app.two\n::1 app.two\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "mesh.yaml"), "services: []\n");
        await using var sidecar = await Sidecar.StartMountedAsync(
            $"mount --bind {folder}/hosts /etc/hosts",
            "--static", $"{folder}/mesh.yaml", "--service", "echo", "--app", $"app.two:{app.Port}", "--health", "grpc");
        Assert.Equal("echo-1", (await new Echo.EchoClient(sidecar.ChannelTo(sidecar.Inbound, "echo")).UnaryAsync(new Behaviour())).Instance);
        using var admin = new HttpClient { BaseAddress = new Uri($"http://{sidecar.Admin}") };
        var page = await admin.GetStringAsync("/clusters", Bound.Token);
        Assert.Contains($"\"target\": \"[::1]:{app.Port}\"", page, StringComparison.Ordinal);
        Assert.Contains($"\"127.0.0.1:{app.Port}\"", page, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_name_that_does_not_exist_is_named_in_the_answer_and_on_the_page()
    {
        await using var sidecar = await Sidecar.StartStaticAsync("""
            services:
            - name: nowhere
              endpoints: [{address: "no-such-host.invalid:80"}]
            """);
        var failure = await Assert.ThrowsAsync<RpcException>(
            async () => await new Echo.EchoClient(sidecar.Channel("nowhere")).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token));
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Contains("the name 'no-such-host.invalid'", failure.Status.Detail, StringComparison.Ordinal);
        using var client = new HttpClient();
        await Bound.UntilAsync(
            async () => (await client.GetStringAsync(new Uri($"http://{sidecar.Admin}/clusters"), Bound.Token))
                .Contains("\"unresolved\": \"the name \\u0027no-such-host.invalid\\u0027 does not resolve: ", StringComparison.Ordinal),
            () => "the page");
    }
}
