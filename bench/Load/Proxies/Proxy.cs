using Mesh.Bench.Load.Processes;

namespace Mesh.Bench.Load.Proxies;

/// <summary>One that takes part: how it is found and started, with one loop, worker or thread.</summary>
internal abstract class Proxy
{
    public abstract string Name { get; }

    /// <summary>Why it cannot take part, and what to do about it; null if it can.</summary>
    public abstract string? Missing { get; }

    /// <summary>Compiles as it runs, and is warmed up for longer.</summary>
    public virtual bool IsJitted => false;

    /// <summary>Takes part where the way between two in a row goes by mutual TLS.</summary>
    public virtual bool DoesTls => true;

    /// <summary>For the report.</summary>
    public abstract Task<string> VersionAsync();

    /// <summary>Starts it in front of a backend, or two of it in a row. They may not listen yet when this completes.</summary>
    public async Task<RunningProxy> StartAsync(ProxySetting setting)
    {
        if (!setting.Setup.IsPair)
        {
            return await StartOneAsync(setting);
        }

        var second = await StartOneAsync(setting with { IsSecond = true });
        return await StartOneAsync(setting with { Backend = second.Address }) with { Second = second };
    }

    /// <summary>Starts one process of it.</summary>
    protected abstract Task<RunningProxy> StartOneAsync(ProxySetting setting);

    /// <summary>What a distribution's package gives.</summary>
    protected static string? NotInstalled(string program, string package) =>
        Tools.Find(program) is null ? $"not installed: apt-get install {package}" : null;

    /// <summary>What a program says when asked for its version, up to the end of the first line.</summary>
    protected static async Task<string> FirstLineOfAsync(string program, string option)
    {
        await using var child = await ChildProcess.StartAsync(program, [Tools.Find(program)!, option]);
        for (var i = 0; i < 50 && child.LastLines.Length == 0; i++)
        {
            await Task.Delay(20); // its output comes through a pipe
        }

        return child.LastLines.Split('\n')[0].Trim();
    }
}
