namespace Mesh.Integration.Processes;

/// <summary>
/// Tests that move much data or make many calls: alone, after everything else, so that neither they nor what runs beside
/// them starve.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class HeavyCollection
{
    public const string Name = "heavy";
}
