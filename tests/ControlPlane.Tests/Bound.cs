namespace Mesh.ControlPlane.Tests;

/// <summary>The most a test waits for what must happen soon: a loaded machine is no failure.</summary>
internal static class Bound
{
    public static readonly TimeSpan Time = TimeSpan.FromSeconds(90);

    public static CancellationToken Token() => new CancellationTokenSource(Time).Token;
}
