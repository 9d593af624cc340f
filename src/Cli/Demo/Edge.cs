namespace Mesh.Cli.Demo;

/// <summary>Somebody calls somebody.</summary>
internal readonly record struct Edge(string From, string To)
{
    public override string ToString() => $"{From} → {To}";
}
