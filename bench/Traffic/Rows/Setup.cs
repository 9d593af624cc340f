namespace Mesh.Bench.Traffic.Rows;

/// <summary>What a run of a row goes by.</summary>
/// <param name="Seed">Of all chance.</param>
/// <param name="Share">Of the time that the whole takes, above 0 and up to 1: for a first look. Aims are of the whole.</param>
internal sealed record Setup(ulong Seed, double Share)
{
    public TimeSpan Span(double seconds) => TimeSpan.FromSeconds(seconds * Share);

    public int Calls(int calls) => Math.Max(100, (int)(calls * Share));
}
