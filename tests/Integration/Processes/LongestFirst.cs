using Mesh.Integration.Demo;
using Mesh.Integration.Mesh;
using Mesh.Integration.Static;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer($"Mesh.Integration.Processes.{nameof(Mesh.Integration.Processes.LongestFirst)}", "Mesh.Integration")]

namespace Mesh.Integration.Processes;

/// <summary>Starts those first that wait longest, so that nothing waits for them alone at the end; all others as they come.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly Type[] First =
    [
        typeof(SilentCallerTests), typeof(DemoOnceTests), typeof(ControlPlaneListTests), typeof(SilentServerTests), typeof(SnapshotTests),
        typeof(SilentPathTests), typeof(OutputTests),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => Place(collection.DisplayName));

    // "Test collection for Mesh.Integration.Static.SilentCallerTests"
    private static int Place(string name) =>
        Array.FindIndex(First, type => name.EndsWith(type.FullName!, StringComparison.Ordinal)) is var place and >= 0 ? place : First.Length;
}
