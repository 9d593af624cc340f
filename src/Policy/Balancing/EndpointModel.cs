namespace Mesh.Policy.Balancing;

/// <summary>
/// What discovery says of an endpoint at present. Immutable, and replaced whole in the long-lived <see cref="EndpointState"/>: who
/// reads it once sees facts of one moment.
/// </summary>
public sealed record EndpointModel
{
    /// <summary>Of an endpoint of which nothing is said besides its address.</summary>
    public static readonly EndpointModel Default = new();

    private readonly int _weight = 100;

    /// <summary>
    /// Whether it may be picked; default true. One that falls ill is left alone at once, one that recovers is used from the next
    /// <see cref="EndpointSet"/> on.
    /// </summary>
    public bool IsHealthy { get; init; } = true;

    /// <summary>Share of the calls relative to the others, 1 to 10000; default 100. Takes effect in the next <see cref="EndpointSet"/>.</summary>
    public int Weight
    {
        get => _weight;
        init => _weight = Math.Clamp(value, 1, 10_000);
    }

    /// <summary>Its status in the registry's words, for people; default HEALTHY.</summary>
    public string Status { get; init; } = "HEALTHY";

    /// <summary>The version of the service that it runs; empty if it does not say.</summary>
    public string Version { get; init; } = "";

    /// <summary>REGION/ZONE; empty if it does not say.</summary>
    public string Locality { get; init; } = "";

    /// <summary>Its labels.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
