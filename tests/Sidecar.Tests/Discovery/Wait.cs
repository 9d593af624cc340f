using System.Runtime.CompilerServices;
using Mesh.Tests;

namespace Mesh.Sidecar.Tests.Discovery;

/// <summary>Waits for what must come.</summary>
internal static class Wait
{
    /// <summary>Generous: a loaded machine is no failure.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public static Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        Condition.HoldsAsync(() => Task.FromResult(condition()), () => what, Limit);
}
