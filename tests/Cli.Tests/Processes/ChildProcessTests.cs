using System.Diagnostics;
using System.Globalization;
using Mesh.Cli.Processes;
using Mesh.Hosting;

namespace Mesh.Cli.Tests.Processes;

public sealed class ChildProcessTests
{
    [Fact]
    public async Task Listeners_and_readiness_are_read_from_its_output()
    {
        await using var child = Script("echo listening grpc 127.0.0.1:4711; echo listening upstream/users [::1]:4712; echo ready; exec sleep 600");
        await child.ReadyAsync(Built.Limit, default);
        Assert.Equal("127.0.0.1:4711", child.Listener("grpc"));
        Assert.Equal("[::1]:4712", child.Listener("upstream/users"));
    }

    [Fact]
    public async Task A_listener_it_never_named_is_a_failure_of_the_child()
    {
        await using var child = Script("echo ready; exec sleep 600");
        await child.ReadyAsync(Built.Limit, default);
        var failure = Assert.Throws<ChildFailedException>(() => child.Listener("grpc"));
        Assert.Contains("'listening grpc HOST:PORT'", failure.Message);
    }

    [Fact]
    public async Task One_that_ends_before_it_is_ready_says_its_exit_code_and_keeps_its_last_words()
    {
        await using var child = Script("echo 'no such option: --foo' >&2; exit 2");
        var failure = await Assert.ThrowsAsync<ChildFailedException>(() => child.ReadyAsync(Built.Limit, default));
        Assert.Contains("ended with code 2", failure.Message);
        Assert.Equal(["no such option: --foo"], failure.Child.Tail);
    }

    [Fact]
    public async Task Dispose_leaves_nothing_of_it_not_even_what_it_started()
    {
        var child = Script("sleep 600 & echo listening child pid:$!; echo ready; wait");
        await child.ReadyAsync(Built.Limit, default);
        var grandchild = Process.GetProcessById(int.Parse(child.Listener("child")[4..], CultureInfo.InvariantCulture));
        await child.DisposeAsync();
        await grandchild.WaitForExitAsync(new CancellationTokenSource(Built.Limit).Token);
    }

    [Fact]
    public async Task One_that_will_not_end_in_good_order_is_killed_when_the_time_is_up()
    {
        await using var child = Script("trap '' TERM; echo ready; while :; do sleep 1; done");
        await child.ReadyAsync(Built.Limit, default);
        child.Terminate();
        await child.ExitAsync(TimeSpan.FromMilliseconds(50));
        Assert.True(child.HasExited);
    }

    [Fact]
    public async Task Each_is_told_whom_to_outlive_by_nothing()
    {
        await using var child = Script("echo listening parent pid:$MESH_PARENT_PID; echo ready; exec sleep 600");
        await child.ReadyAsync(Built.Limit, default);
        Assert.Equal($"pid:{Environment.ProcessId}", child.Listener("parent"));
    }

    [Fact]
    public async Task A_service_ends_when_the_process_that_started_it_is_killed()
    {
        using var parent = Process.Start("sleep", "600");
        await using var service = ChildProcess.Start(
            "users", Built.Executable("mesh-demo"), ["users", "--listen", "127.0.0.1:0"],
            [KeyValuePair.Create(ParentWatch.Variable, parent.Id.ToString(CultureInfo.InvariantCulture))]);
        await service.ReadyAsync(Built.Limit, default);
        using var process = Process.GetProcessById(service.Id);

        parent.Kill();

        await process.WaitForExitAsync(new CancellationTokenSource(Built.Limit).Token);
    }

    private static ChildProcess Script(string script) => ChildProcess.Start("script", Built.Shell, ["-c", script], []);
}
