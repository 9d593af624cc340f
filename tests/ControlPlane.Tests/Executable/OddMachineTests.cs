using Grpc.Net.Client;
using Mesh.Tests;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Executable;

/// <summary>Started where something is not as it mostly is.</summary>
public sealed class OddMachineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-plane-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task In_a_folder_that_was_deleted_it_starts()
    {
        var (process, listeners) = await ControlPlaneProcess.StartReadyAfterAsync($"mkdir {_folder}/gone && cd {_folder}/gone && rmdir {_folder}/gone");
        using (process)
        {
            await ServesAndDrainsAsync(process, listeners);
        }
    }

    [Theory]
    [InlineData("exec 0<&-")]
    [InlineData("exec 2>&-")]
    [InlineData("exec 0<&- 2>&-")]
    [InlineData("exec 2>/dev/full")]
    public async Task Without_descriptors_that_others_have_it_starts_serves_and_drains(string shell)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var (process, listeners) = await ControlPlaneProcess.StartReadyAfterAsync(shell);
        using (process)
        {
            await ServesAndDrainsAsync(process, listeners);
        }
    }

    [Fact]
    public async Task Signals_that_are_not_meant_to_end_it_do_not()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var (process, listeners) = await ControlPlaneProcess.StartReadyAsync();
        using (process)
        {
            foreach (var signal in new[] { "HUP", "USR1", "USR2" })
            {
                await process.SignalAsync(signal);
            }

            await ServesAndDrainsAsync(process, listeners, process.IgnoresQuit() ? "TERM" : "QUIT");
        }
    }

    [NamespaceFact]
    public async Task Where_there_is_no_127_0_0_1_it_listens_on_the_other_loopback_address()
    {
        const string without = "unshare --net --map-root-user sh -c 'ip link set lo up && ip addr del 127.0.0.1/8 dev lo";
        using var process = ControlPlaneProcess.StartIn("exec " + without + " && exec \"$@\"' sh", "--grpc 127.0.0.1:0 --http 127.0.0.1:0");
        Assert.StartsWith("listening grpc [::1]:", await process.Output.ReadLineAsync(Bound.Token()), StringComparison.Ordinal);
        Assert.StartsWith("listening http [::1]:", await process.Output.ReadLineAsync(Bound.Token()), StringComparison.Ordinal);
        Assert.Equal("ready", await process.Output.ReadLineAsync(Bound.Token()));
        await process.SignalAsync("TERM");
        Assert.Equal(0, (await process.EndAsync()).Code);
    }

    private static async Task ServesAndDrainsAsync(ControlPlaneProcess process, Dictionary<string, string> listeners, string signal = "TERM")
    {
        using (var channel = GrpcChannel.ForAddress($"http://{listeners["grpc"]}"))
        {
            var config = new V1.Config.ConfigClient(channel);
            await config.ApplyAsync(new() { Resources = { Make.Config("orders") } });
            Assert.Equal("orders", (await config.GetAsync(new GetConfigRequest { Service = "orders" })).Service);
        }

        await process.SignalAsync(signal);
        Assert.Equal(0, (await process.EndAsync()).Code);
    }
}
