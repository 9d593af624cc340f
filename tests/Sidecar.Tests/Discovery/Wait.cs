namespace Mesh.Sidecar.Tests.Discovery;

/// <summary>Waits for what must come.</summary>
internal static class Wait
{
    /// <summary>Generous: a loaded machine is no failure.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!condition())
        {
            Assert.True(await timer.WaitForNextTickAsync(limit.Token));
        }
    }
}
