namespace Mesh.Tests;

/// <summary>Waits for what must come. The one place in the tests that looks again and again.</summary>
internal static class Condition
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Waits until <paramref name="condition"/> holds.</summary>
    /// <param name="condition">Looked at again and again.</param>
    /// <param name="what">Told if it never does.</param>
    /// <param name="limit">How long. Generous: a loaded machine is no failure.</param>
    /// <exception cref="TimeoutException">It does not hold by then.</exception>
    public static async Task HoldsAsync(Func<Task<bool>> condition, Func<string> what, TimeSpan limit)
    {
        using var timer = new PeriodicTimer(Pause);
        using var end = new CancellationTokenSource(limit);
        while (!await condition())
        {
            try
            {
                await timer.WaitForNextTickAsync(end.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Not within {limit.TotalSeconds} s: {what()}");
            }
        }
    }
}
