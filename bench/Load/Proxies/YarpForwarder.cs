using System.Globalization;
using System.Net;
using Mesh.Bench.Load.Processes;

namespace Mesh.Bench.Load.Proxies;

/// <summary>
/// bench/Yarp: YARP's forwarder and nothing else. There is no way to give it one thread: told that there is one core
/// (DOTNET_PROCESSOR_COUNT) it needs twice the CPU, so it is left as it is.
/// </summary>
internal sealed class YarpForwarder : Proxy
{
    public override string Name => "yarp";

    /// <summary>The program that runs it knows none.</summary>
    public override bool DoesTls => false;

    public override string? Missing => File.Exists(BuiltPrograms.Yarp) ? null : "not built: dotnet build -c Release bench/Yarp";

    public override bool IsJitted => true;

    public override Task<string> VersionAsync()
    {
        var library = Path.Combine(Path.GetDirectoryName(BuiltPrograms.Yarp)!, "Yarp.ReverseProxy.dll");
        var version = System.Reflection.AssemblyName.GetAssemblyName(library).Version!.ToString(3);
        return Task.FromResult($"Yarp.ReverseProxy {version} on .NET {Environment.Version}");
    }

    protected override async Task<RunningProxy> StartOneAsync(ProxySetting setting)
    {
        var port = FreePort.Find();
        var child = await ChildProcess.StartAsync(
            Name,
            setting.Pinning.Proxy([BuiltPrograms.Yarp, port.ToString(CultureInfo.InvariantCulture), $"http://{setting.Backend}/", setting.IsHttp1 ? "1.1" : "2"]));
        return new RunningProxy(this, new IPEndPoint(IPAddress.Loopback, port), child);
    }
}
