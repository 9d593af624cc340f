using System.Runtime.CompilerServices;
using Mesh.Tests;

namespace Mesh.ControlPlane.Tests;

/// <summary>The most a test waits for what must happen soon.</summary>
internal static class Bound
{
    public static readonly TimeSpan Time = TimeSpan.FromSeconds(30);

    public static CancellationToken Token() => new CancellationTokenSource(Time).Token;

    /// <summary>Waits until <paramref name="condition"/> holds.</summary>
    /// <param name="condition">Looked at again and again.</param>
    /// <param name="what">Its text.</param>
    public static Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        UntilAsync(() => Task.FromResult(condition()), what);

    /// <inheritdoc cref="UntilAsync(Func{bool}, string)"/>
    public static Task UntilAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        Condition.HoldsAsync(condition, () => what, Time);
}
