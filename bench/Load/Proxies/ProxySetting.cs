using System.Net;
using Mesh.Bench.Load.Cases;
using Mesh.Bench.Load.Processes;
using Mesh.Wire.Streams;

namespace Mesh.Bench.Load.Proxies;

/// <summary>What a proxy is started with.</summary>
/// <param name="Backend">Where its calls go.</param>
/// <param name="Folder">For its files; there already.</param>
/// <param name="Collector">Takes traces and metrics.</param>
/// <param name="Pinning">Where it runs.</param>
internal sealed record ProxySetting(IPEndPoint Backend, string Folder, IPEndPoint Collector, Pinning Pinning)
{
    /// <summary>What it speaks, and whether there are two of it.</summary>
    public Setup Setup { get; init; } = Setup.Single;

    /// <summary>Of two in a row it is the one next to the backend.</summary>
    public bool IsSecond { get; init; }

    /// <summary>What both of two in a row show each other; null where they speak in clear.</summary>
    public BenchIdentity? Identity { get; init; }

    /// <summary>Takes calls by TLS.</summary>
    public bool TakesTls => Identity is not null && IsSecond;

    /// <summary>Makes calls by TLS.</summary>
    public bool MakesTls => Identity is not null && !IsSecond;

    public bool IsHttp1 => Setup.Protocol == Protocol.Http1;

    /// <summary>Writes a file of a proxy.</summary>
    /// <returns>Its path.</returns>
    public async Task<string> WriteAsync(string name, string content)
    {
        var path = Path.Combine(Folder, name);
        await File.WriteAllTextAsync(path, content);
        return path;
    }
}
