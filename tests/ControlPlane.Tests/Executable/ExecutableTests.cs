using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace Mesh.ControlPlane.Tests.Executable;

public sealed class ExecutableTests
{
    private const string NoStore =
        "is not memory, sqlite:PATH (for example sqlite:/var/lib/mesh/store.db) or etcd:URL[,URL], all http or all https "
        + "(for example etcd:http://10.0.0.1:2379,http://10.0.0.2:2379)";

    [Theory]
    [InlineData("--grpc here", "mesh-control-plane: --grpc: 'here' is not HOST:PORT with an IP address and a port of 0 to 65535 (for example 127.0.0.1:15001)")]
    [InlineData("--store sqlite:", "mesh-control-plane: --store: 'sqlite:' " + NoStore)]
    [InlineData("--store etcd:x:2379", "mesh-control-plane: --store: 'etcd:x:2379' " + NoStore)]
    [InlineData("--store etcd:http://x,https://y", "mesh-control-plane: --store: 'etcd:http://x,https://y' " + NoStore)]
    [InlineData("--store etcd:http://x --etcd-cert c.pem", "mesh-control-plane: --etcd-cert: a certificate needs its key, and the key its certificate: give both")]
    [InlineData("--store etcd:http://x --etcd-prefix mesh", "mesh-control-plane: --etcd-prefix: 'mesh' does not begin and end with a slash")]
    [InlineData("--lease-ttl 10", "mesh-control-plane: --lease-ttl: '10' is not a duration of 100ms to 1h (for example 10s, 250ms or 1m30s)")]
    [InlineData("--log-level loud", "mesh-control-plane: --log-level: 'loud' is not one of trace, debug, info, warning, error, off")]
    [InlineData("--config /nowhere/at/all", "mesh-control-plane: --config: '/nowhere/at/all' is neither a file nor a folder")]
    [InlineData("--nonsense", "mesh-control-plane: --nonsense: there is no such option; --help lists them")]
    public async Task A_bad_option_ends_it_with_code_2_and_one_line(string line, string fault)
    {
        using var process = ControlPlaneProcess.Start(line);
        Assert.Equal((2, "", fault + Environment.NewLine), await process.EndAsync());
    }

    [Fact]
    public async Task A_bad_variable_ends_it_with_code_2_and_one_line()
    {
        using var process = ControlPlaneProcess.Start("", ("MESH_LEASE_TTL", "soon"));
        var (code, _, errors) = await process.EndAsync();
        Assert.Equal(2, code);
        Assert.StartsWith("mesh-control-plane: MESH_LEASE_TTL: 'soon' is not a duration", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Help_lists_all_options_with_defaults_and_variables()
    {
        using var process = ControlPlaneProcess.Start("--help");
        var (code, output, errors) = await process.EndAsync();
        Assert.Equal((0, ""), (code, errors));
        foreach (var part in new[] { "--grpc", "127.0.0.1:15010", "MESH_GRPC", "--http", "127.0.0.1:15014", "--store", "--config", "--lease-ttl", "Default 10s", "--log-level" })
        {
            Assert.Contains(part, output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_port_in_use_ends_it_with_code_1_and_one_line()
    {
        var (first, listeners) = await ControlPlaneProcess.StartReadyAsync();
        using (first)
        {
            using var second = ControlPlaneProcess.Start($"--http 127.0.0.1:0 --grpc {listeners["grpc"]}");
            var (code, output, errors) = await second.EndAsync();
            Assert.Equal((1, ""), (code, output));
            Assert.Equal(
                $"mesh-control-plane: --grpc {listeners["grpc"]}: address already in use; end who has it, or choose another port", errors.TrimEnd());
            using var third = ControlPlaneProcess.Start($"--grpc 127.0.0.1:0 --http {listeners["grpc"]}");
            Assert.StartsWith($"mesh-control-plane: --http {listeners["grpc"]}: address already in use", (await third.EndAsync()).Errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("--grpc 192.0.2.1:0 --http 127.0.0.1:0", "--grpc 192.0.2.1:0: no address of this machine")]
    [InlineData("--grpc 127.0.0.1:0 --http 192.0.2.1:0", "--http 192.0.2.1:0: no address of this machine")]
    public async Task An_address_of_another_machine_ends_it_with_code_1_and_one_line(string line, string fault)
    {
        using var process = ControlPlaneProcess.Start(line);
        Assert.Equal((1, "", $"mesh-control-plane: {fault}{Environment.NewLine}"), await process.EndAsync());
    }

    [Fact]
    public async Task It_serves_what_it_was_configured_with_and_drains_on_a_signal()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "service: orders\nconfig: { retry: { max_attempts: 4 } }\n");
        var (process, listeners) = await ControlPlaneProcess.StartReadyAsync($"--config {file}");
        using (process)
        {
            Assert.Equal(["grpc", "http"], listeners.Keys.Order());
            using var channel = GrpcChannel.ForAddress($"http://{listeners["grpc"]}");
            var config = await new V1.Config.ConfigClient(channel).GetAsync(new() { Service = "orders" });
            Assert.Equal(4u, config.Config.Retry.MaxAttempts);

            using var watch = new V1.Registry.RegistryClient(channel).Watch(new(), cancellationToken: Bound.Token());
            Assert.True(await watch.ResponseStream.MoveNext());
            // One that does not end by itself must not keep the process.
            using var health = new Health.HealthClient(channel).Watch(new(), cancellationToken: Bound.Token());
            Assert.True(await health.ResponseStream.MoveNext());

            await process.SignalAsync("TERM");
            var (code, _, errors) = await process.EndAsync();
            Assert.Equal(0, code);
            Assert.DoesNotContain("Exception", errors, StringComparison.Ordinal);
            Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext())).StatusCode);
        }

        File.Delete(file);
    }

    [Fact]
    public async Task It_ends_when_the_process_that_started_it_is_gone()
    {
        using var parent = Process.Start("sleep", "1000");
        var (process, _) = await ControlPlaneProcess.StartReadyAsync(
            "", ("MESH_PARENT_PID", parent.Id.ToString(CultureInfo.InvariantCulture)));
        using (process)
        {
            parent.Kill();
            Assert.Equal(1, (await process.EndAsync()).Code);
        }
    }

    [Fact]
    public async Task It_does_not_outlive_a_parent_that_is_gone_before_it_starts()
    {
        using var parent = Process.Start("true");
        await parent.WaitForExitAsync(Bound.Token());
        using var process = ControlPlaneProcess.Start(
            "--grpc 127.0.0.1:0 --http 127.0.0.1:0", ("MESH_PARENT_PID", parent.Id.ToString(CultureInfo.InvariantCulture)));
        Assert.Equal(1, (await process.EndAsync()).Code);
    }

    [Fact]
    public async Task A_second_signal_ends_it_at_once()
    {
        var (process, listeners) = await ControlPlaneProcess.StartReadyAsync();
        using (process)
        {
            // Keeps the drain from ending before the second signal is there.
            using var channel = GrpcChannel.ForAddress($"http://{listeners["grpc"]}");
            using var health = new Health.HealthClient(channel).Watch(new() { Service = "mesh.v1.Config" }, cancellationToken: Bound.Token());
            Assert.True(await health.ResponseStream.MoveNext());

            await process.SignalAsync("TERM");
            // The drain has begun when health says so.
            Assert.True(await health.ResponseStream.MoveNext());
            Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, health.ResponseStream.Current.Status);
            await process.SignalAsync("TERM");
            Assert.Equal(143, (await process.EndAsync()).Code);
        }
    }
}
