using System.Text.RegularExpressions;
using Mesh.Integration.Processes;
using Mesh.Tests;

namespace Mesh.Integration.Mesh;

/// <summary>A version that one of two callers tries out, judged by the calls that both make.</summary>
public sealed class StagedRolloutTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-staged-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task One_that_fails_calls_is_taken_back_by_itself_and_one_that_does_well_is_promoted_over_a_restart_of_the_control_plane()
    {
        string[] store = ["--store", $"sqlite:{Path.Combine(_folder.FullName, "store.db")}"];
        var plane = await ControlPlane.StartAsync(store);
        try
        {
            await using var echo = await MeshInstance.StartAsync(plane, "echo-1");
            await plane.HealthyAsync("echo", "echo-1");
            await using var first = await CallerAsync("web-1", plane.Url);
            await using var second = await CallerAsync("web-2", plane.Url);
            Assert.Equal(0, (await ApplyAsync(plane, "retry: {max_attempts: 2}", "--wait")).Code);
            MeshLoad[] load = [new(first.Channel("echo"), concurrency: 1), new(second.Channel("echo"), concurrency: 1)];

            // Whoever has it answers its calls with failures.
            var (code, output, errors) = await ApplyAsync(
                plane, "fault: {abort: {code: UNAVAILABLE, percent: 100}}", "--canary", "10%", "--for", "5m", "--abort-if", "success<99%", "--min-calls", "20", "--wait");
            Assert.Equal((3, "echo: version 2 is tried out"), (code, output));
            Assert.Matches(@"^echo: version 2 was aborted at \S+\n  success<99%: \d+ calls, success 0%, p50 \S+, p99 \S+; the others: .*\n\nSIDE +SIDECARS .*\ncanary +1 +\d+ +\d+ ", errors);
            Assert.Contains(" version 2 was aborted: success<99%: ", (await MeshctlAsync(plane, "history", "echo")).Output, StringComparison.Ordinal);
            await Bound.UntilAsync(async () => (await MeshctlAsync(plane, "rollout", "status", "echo")).Code == 0, () => "all have again what they had");
            Assert.Single(load, caller => caller.Failures.Count != 0);

            // Nobody else may change it meanwhile; the control plane goes down and comes back.
            Assert.Equal(0, (await ApplyAsync(plane, "retry: {max_attempts: 4}", "--canary", "50%", "--for", "30s", "--abort-if", "success<50%", "--min-calls", "1")).Code);
            Assert.Contains("'meshctl rollout abort echo' ends it now", (await ApplyAsync(plane, "retry: {max_attempts: 5}")).Errors, StringComparison.Ordinal);
            var address = plane.Grpc;
            await plane.Process.KillAsync();
            await plane.DisposeAsync();
            plane = await ControlPlane.StartAsync([.. store, "--grpc", address]);
            var status = "";
            await Bound.UntilAsync(
                async () => !(status = (await MeshctlAsync(plane, "rollout", "status", "echo", "-o", "json")).Output).Contains("\"UNDER_WAY\"", StringComparison.Ordinal), () => status);
            Assert.True(status.Contains("\"state\": \"PROMOTED\"", StringComparison.Ordinal), status);
            await Bound.UntilAsync(async () => (await MeshctlAsync(plane, "rollout", "status", "echo")).Code == 0, () => "all have it");
            Assert.Contains("maxAttempts: 4", (await MeshctlAsync(plane, "get", "config", "echo")).Output, StringComparison.Ordinal);
            await Task.WhenAll(load.Select(caller => caller.EndAsync()));
        }
        finally
        {
            await plane.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_holds_inbound_is_tried_out_by_some_of_the_instances_and_judged_by_the_calls_that_come_in()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var first = await MeshInstance.StartAsync(plane, "echo-1");
        await using var second = await MeshInstance.StartAsync(plane, "echo-2");
        await plane.HealthyAsync("echo", "echo-1", "echo-2");
        await using var caller = await CallerAsync("web-1", plane.Url);
        // So that the caller goes on calling an instance that asks it for a rest.
        Assert.Equal(0, (await ApplyAsync(plane, "balancing: {policy: ROUND_ROBIN, max_rest: 0s}", "--wait")).Code);
        var load = new MeshLoad(caller.Channel("echo"), concurrency: 1);
        var (code, output, errors) = await ApplyYamlAsync(
            plane,
            "service: echo\ninbound: {rate_limits: [{requests: 1, per: 1h}]}\n",
            "--canary", "10%", "--for", "5m", "--abort-if", "success<0.5x", "--min-calls", "20", "--wait");
        Assert.Equal((3, "echo (inbound): version 1 is tried out"), (code, output));
        Assert.StartsWith("echo (inbound): version 1 was aborted at ", errors, StringComparison.Ordinal);
        Assert.Matches(@"\ncanary +1 +\d+ +\d+ .*\nothers +1 +\d+ +0 ", errors);
        Assert.NotEmpty(load.Failures);
        await Bound.UntilAsync(async () => (await MeshctlAsync(plane, "rollout", "status", "echo", "--kind", "inbound")).Code == 0, () => "both have again what they had");
        var failures = load.Failures.Count;
        await load.MoreAsync(50);
        await load.EndAsync();
        Assert.InRange(load.Failures.Count, failures, failures + 1); // one may have been under way
    }

    [EtcdFact]
    public async Task Control_planes_that_share_a_store_judge_it_together_and_a_sidecar_that_restarts_keeps_its_side()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        await using var one = await AtKnownAddressAsync(etcd);
        await using var other = await AtKnownAddressAsync(etcd);
        await using var echo = await MeshInstance.StartAsync(one, "echo-1");
        await other.HealthyAsync("echo", "echo-1");
        var callers = new Dictionary<string, Sidecar> { ["web-1"] = await CallerAsync("web-1", one.Url), ["web-2"] = await CallerAsync("web-2", other.Url) };
        try
        {
            await Bound.UntilAsync(async () => (await ApplyAsync(one, "retry: {max_attempts: 2}", "--wait")).Code == 0, () => "applied");
            Assert.Equal((0, "echo: version 2 is tried out"), await ApplyAsync(
                other, "retry: {max_attempts: 4}", "--canary", "50%", "--for", "1h", "--abort-if", "success<50% or p99>1000x", "--min-calls", "1") is var begun ? (begun.Code, begun.Output) : default);
            await StatusAsync(one, "2 of 2 sidecars that it concerns have applied it");
            var canary = await CanaryAsync(callers);
            await callers[canary].DisposeAsync();
            callers[canary] = await CallerAsync(canary, one.Url); // at whichever control plane it comes back
            Assert.Equal(canary, await CanaryAsync(callers));

            MeshLoad[] load = [.. callers.Values.Select(caller => new MeshLoad(caller.Channel("echo"), concurrency: 1))];
            await StatusAsync(one, "canary +1 +[0-9]+ +0 .*\nothers +1 +[0-9]+ +0 ");
            await StatusAsync(other, "canary +1 +[0-9]+ +0 .*\nothers +1 +[0-9]+ +0 ");
            Assert.Equal(0, (await MeshctlAsync(one, "rollout", "promote", "echo", "--reason", "seen enough")).Code);
            await StatusAsync(other, "version 2: 2 of 2 sidecars that it concerns have applied it\n\necho: version 2 was promoted at .*\n  by .*: seen enough\n");
            await Task.WhenAll(load.Select(caller => caller.EndAsync()));
            Assert.All(load, caller => Assert.Empty(caller.Failures));
        }
        finally
        {
            foreach (var caller in callers.Values)
            {
                await caller.DisposeAsync();
            }
        }
    }

    /// <summary>What it says of itself is where it is reached: a port that is picked at the start is not known by then.</summary>
    private static async Task<ControlPlane> AtKnownAddressAsync(EtcdCluster etcd)
    {
        string address;
        await using (var former = await ControlPlane.StartAsync())
        {
            address = former.Grpc;
        }

        return await ControlPlane.StartAsync("--store", etcd.Option, "--grpc", address);
    }

    private static Task StatusAsync(ControlPlane plane, string pattern)
    {
        var status = "";
        return Bound.UntilAsync(
            async () => Regex.IsMatch(status = (await MeshctlAsync(plane, "rollout", "status", "echo")).Output, pattern), () => $"{pattern} in {status}");
    }

    /// <summary>The one of the callers that has the version that is tried out.</summary>
    private static async Task<string> CanaryAsync(Dictionary<string, Sidecar> callers)
    {
        using var http = new HttpClient();
        string[] found = [];
        await Bound.UntilAsync(
            async () =>
            {
                var pages = await Task.WhenAll(callers.Select(async caller => (caller.Key, Page: await http.GetStringAsync($"http://{caller.Value.Admin}/config", Bound.Token))));
                found = [.. pages.Where(page => page.Page.Contains("\"max_attempts\": 4", StringComparison.Ordinal)).Select(page => page.Key)];
                return found.Length == 1;
            },
            () => $"one canary, and not {found.Length}");
        return found[0];
    }

    private static Task<Sidecar> CallerAsync(string id, string plane) =>
        Sidecar.StartAsync("--service", "web", "--instance-id", id, "--control-plane", plane, "--upstream", "echo=127.0.0.1:0");

    private Task<(int Code, string Output, string Errors)> ApplyAsync(ControlPlane plane, string config, params string[] arguments) =>
        ApplyYamlAsync(plane, $"service: echo\nconfig: {{{config}}}\n", arguments);

    private Task<(int Code, string Output, string Errors)> ApplyYamlAsync(ControlPlane plane, string yaml, params string[] arguments)
    {
        var file = Path.Combine(_folder.FullName, "echo.yaml");
        File.WriteAllText(file, yaml);
        return MeshctlAsync(plane, ["apply", "-f", file, .. arguments]);
    }

    private static async Task<(int Code, string Output, string Errors)> MeshctlAsync(ControlPlane plane, params string[] arguments)
    {
        await using var meshctl = MeshProcess.Start("meshctl", Executables.Meshctl, [.. arguments, "--control-plane", plane.Url]);
        var code = await meshctl.ExitCodeAsync();
        return (code, string.Join('\n', meshctl.Output), string.Join('\n', meshctl.Errors));
    }
}
