using System.Collections.Concurrent;
using System.Text;
using Mesh.Policy.Authorization;
using Mesh.Policy.Calls;
using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Phases;

/// <summary>
/// Calls that authorization refuses, or would: counted by rule, and one told of now and then with all that its caller is not to know. Any
/// thread.
/// </summary>
/// <param name="service">Whose.</param>
/// <param name="log">Told of them; null if nobody is.</param>
/// <param name="time">The clock.</param>
internal sealed class Denials(string service, Log? log, TimeProvider time)
{
    private const int LongestShown = 200;

    /// <summary>Who is refused may call as often as he likes.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(string? Rule, AuthorizationCondition Missing, bool IsDryRun), Sum> _sums = new();
    private long _toldAt = long.MinValue;
    private long _untold;

    /// <summary>As they are now. Rules are those of configurations that were in force.</summary>
    public IEnumerable<(string? Rule, AuthorizationCondition Missing, bool IsDryRun, long Count)> Sums =>
        _sums.Select(sum => (sum.Key.Rule, sum.Key.Missing, sum.Key.IsDryRun, Volatile.Read(ref sum.Value.Count)));

    /// <summary>One more.</summary>
    public void Count(CallFacts call, in AuthorizationVerdict verdict, bool isDryRun)
    {
        if (!_sums.TryGetValue((verdict.Rule, verdict.Missing, isDryRun), out var sum))
        {
            sum = _sums.GetOrAdd((verdict.Rule, verdict.Missing, isDryRun), static _ => new Sum());
        }

        Interlocked.Increment(ref sum.Count);
        if (log is not null && IsTold())
        {
            log.Warn(Line(call, verdict, isDryRun, Interlocked.Exchange(ref _untold, 0)));
        }
    }

    /// <summary>For people: what an operator needs to see whether it was right.</summary>
    public string Line(CallFacts call, in AuthorizationVerdict verdict, bool isDryRun, long untold)
    {
        var who = call.Identity is { } identity ? PrintableText.Of(identity, LongestShown) : $"somebody without an identity at {call.Source?.ToString() ?? "this machine"}";
        var why = verdict switch
        {
            { Rule: { } rule, Missing: AuthorizationCondition.None } => $"rule '{rule}' denies it",
            { Rule: { } rule } => $"no rule allows it; nearest is '{rule}', but for the {Words.Of(verdict.Missing)}",
            _ => "no rule allows it",
        };
        var line = $"{service}: {(isDryRun ? "would refuse" : "refuses")} {Shown(call.Method)} {Shown(call.Path)} of {who}: {why}";
        return untold == 0 ? line : $"{line} ({untold} more since the last line)";
    }

    private bool IsTold()
    {
        var now = time.GetTimestamp();
        var told = Volatile.Read(ref _toldAt);
        if ((told == long.MinValue || time.GetElapsedTime(told, now) >= Pause) && Interlocked.CompareExchange(ref _toldAt, now, told) == told)
        {
            return true;
        }

        Interlocked.Increment(ref _untold);
        return false;
    }

    private static string Shown(ReadOnlySpan<byte> text) => PrintableText.Of(Encoding.UTF8.GetString(text[..Math.Min(text.Length, LongestShown)]));

    private sealed class Sum
    {
        public long Count;
    }
}
