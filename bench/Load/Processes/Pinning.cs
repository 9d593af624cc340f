using System.Diagnostics;
using System.Globalization;

namespace Mesh.Bench.Load.Processes;

/// <summary>Which core a program runs on: the proxies on the first, all else on the second, or wherever the kernel likes.</summary>
internal sealed class Pinning(bool isOn)
{
    private const string ProxyCore = "0";
    private const string LoadCore = "1";

    public static readonly Pinning Off = new(isOn: false);

    /// <summary>The command that runs a proxy where it belongs.</summary>
    public IReadOnlyList<string> Proxy(IReadOnlyList<string> command) => On(ProxyCore, command);

    /// <summary>The command that runs a backend or a load generator where it belongs.</summary>
    public IReadOnlyList<string> Load(IReadOnlyList<string> command) => On(LoadCore, command);

    /// <summary>Puts this process, which is load at times, where load belongs.</summary>
    public async Task PinSelfAsync()
    {
        if (!isOn)
        {
            return;
        }

        if (Environment.ProcessorCount < 2 || Tools.Find("taskset") is not { } taskset)
        {
            throw new BenchFailedException("--pin needs two cores and taskset (apt-get install util-linux)");
        }

        using var process = Process.Start(new ProcessStartInfo(
            taskset, ["-acp", LoadCore, Environment.ProcessId.ToString(CultureInfo.InvariantCulture)])
        { RedirectStandardOutput = true });
        await process!.WaitForExitAsync();
    }

    private IReadOnlyList<string> On(string core, IReadOnlyList<string> command) => isOn ? ["taskset", "-c", core, .. command] : command;
}
