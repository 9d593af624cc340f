using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>There is a sidecar beside every instance, and most wait most of the time.</summary>
public sealed class MemoryAtRestTests
{
    /// <summary>What the project has set itself for the native executable.</summary>
    private const long Goal = 16_000_000;

    [Fact]
    public async Task What_only_the_start_has_needed_is_given_back_and_calls_go_on()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Services(("echo", [server.Address], "{}")));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        await client.UnaryAsync(new Behaviour());
        var process = sidecar.Process;
        var isNative = !File.Exists(Executables.Sidecar + ".dll");
        await Bound.UntilAsync(
            () => process.Memory < (isNative ? Goal : process.PeakMemory * 9 / 10),
            () => $"{process.Memory} bytes are resident, of {process.PeakMemory} at most");
        await client.UnaryAsync(new Behaviour());
    }
}
