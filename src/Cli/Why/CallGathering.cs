using Google.Protobuf.WellKnownTypes;
using Mesh.V1;

namespace Mesh.Cli.Why;

/// <summary>
/// Asks for the calls that are meant, and then for what the services remember that had to do with them: why a circuit is open stands in
/// other calls. A few questions, whatever comes back.
/// </summary>
/// <param name="telemetry">Whom to ask.</param>
/// <param name="last">How far back the others go.</param>
internal sealed class CallGathering(Telemetry.TelemetryClient telemetry, TimeSpan last)
{
    /// <summary>Services that are asked for in turn.</summary>
    private const int MostServices = 12;

    /// <summary>Of each sidecar.</summary>
    private const int MostCalls = 300;

    private readonly HashSet<string> _asked = [];
    private readonly SortedSet<string> _silent = new(StringComparer.Ordinal);

    /// <summary>All that was told.</summary>
    public List<SidecarCalls> Told { get; } = [];

    /// <summary>Sidecars that have not answered.</summary>
    public IReadOnlyCollection<string> Silent => _silent;

    /// <summary>Sidecars that were asked.</summary>
    public uint Asked { get; private set; }

    /// <returns>Whether any call was found.</returns>
    public async Task<bool> AskAsync(CallQuery query, CancellationToken cancellation)
    {
        query.Most = MostCalls;
        var found = await telemetry.FindCallsAsync(new FindCallsRequest { Query = query }, cancellationToken: cancellation);
        Told.AddRange(found.Sidecars);
        _silent.UnionWith(found.Silent);
        Asked = Math.Max(Asked, found.Asked);
        if (query.Service.Length > 0)
        {
            _asked.Add(query.Service);
        }

        return found.Sidecars.Any(sidecar => sidecar.Calls.Count > 0);
    }

    /// <summary>What the services had to do with that those calls went to, and those that called them.</summary>
    public async Task AskAroundAsync(CancellationToken cancellation)
    {
        while (_asked.Count < MostServices && Named().FirstOrDefault(service => !_asked.Contains(service)) is { } next)
        {
            await AskAsync(new CallQuery { Service = next, Last = last.ToDuration() }, cancellation);
        }
    }

    private IEnumerable<string> Named() =>
        Told.SelectMany(sidecar => sidecar.Calls.SelectMany(call => new[] { call.Upstream, call.Service }).Append(sidecar.Service))
            .Where(service => Hosting.ValueKinds.ServiceName.TryParse(service, out _)).Distinct();
}
