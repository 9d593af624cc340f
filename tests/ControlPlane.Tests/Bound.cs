namespace Mesh.ControlPlane.Tests;

/// <summary>The most a test waits for what must happen soon.</summary>
internal static class Bound
{
    public static readonly TimeSpan Time = TimeSpan.FromSeconds(30);

    public static CancellationToken Token() => new CancellationTokenSource(Time).Token;
}
