using Mesh.Tests;

namespace Mesh.Integration.Processes;

/// <summary>How long a test waits for what must come. Generous: a loaded machine is no failure.</summary>
public static class Bound
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    /// <summary>A token that ends a call which would otherwise hang the test run.</summary>
    public static CancellationToken Token => new CancellationTokenSource(Limit).Token;

    /// <summary>Waits until <paramref name="condition"/> holds.</summary>
    /// <param name="condition">Looked at again and again.</param>
    /// <param name="what">Told if it never does.</param>
    /// <param name="limit">How long; <see cref="Limit"/> unless given.</param>
    public static Task UntilAsync(Func<bool> condition, Func<string> what, TimeSpan? limit = null) =>
        UntilAsync(() => Task.FromResult(condition()), what, limit);

    /// <inheritdoc cref="UntilAsync(Func{bool}, Func{string}, TimeSpan?)"/>
    public static Task UntilAsync(Func<Task<bool>> condition, Func<string> what, TimeSpan? limit = null) =>
        Condition.HoldsAsync(condition, what, limit ?? Limit);
}
