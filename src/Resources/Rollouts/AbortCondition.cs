using System.Globalization;
using System.Text.RegularExpressions;

namespace Mesh.Resources.Rollouts;

/// <summary>
/// When a staged rollout is given up: <c>success&lt;99% or p99&gt;2x</c>. Comparisons joined by <c>and</c> and <c>or</c>, of which <c>and</c> binds closer; no
/// parentheses. <c>success</c> is below a share (<c>99%</c>) or a multiple of the others' share (<c>0.99x</c>); <c>p50</c>, <c>p90</c>, <c>p95</c>, <c>p99</c> are above a
/// duration (<c>250ms</c>) or a multiple of the others' (<c>2x</c>). Immutable.
/// </summary>
public sealed partial class AbortCondition
{
    /// <summary>Characters that one may have.</summary>
    public const int Longest = 512;

    private const string Example = "for example 'success<99% or p99>2x'";

    private AbortCondition(IReadOnlyList<IReadOnlyList<Comparison>> alternatives) => Alternatives = alternatives;

    /// <summary>One of them is enough, and each holds if all in it do.</summary>
    public IReadOnlyList<IReadOnlyList<Comparison>> Alternatives { get; }

    /// <summary>Whether the others are compared with.</summary>
    public bool IsRelative => Alternatives.Any(all => all.Any(one => one.IsRelative));

    /// <summary>Reads one that was found to be right before.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static AbortCondition Parse(string text) => TryParse(text, out var condition, out var error) ? condition : throw new FormatException(error);

    /// <summary>Reads one.</summary>
    /// <param name="text">The text.</param>
    /// <param name="condition">What it says.</param>
    /// <param name="error">What is wrong and what would be right, in a line.</param>
    public static bool TryParse(string text, out AbortCondition condition, out string error)
    {
        condition = new AbortCondition([]);
        error = "";
        if (text.Length > Longest)
        {
            error = $"has {text.Length} characters, and may have {Longest}";
            return false;
        }

        var words = Words().Matches(text).Select(match => match.Value).ToList();
        var alternatives = new List<List<Comparison>> { new() };
        for (var at = 0; ;)
        {
            if (!TryComparison(words, ref at, out var comparison, out error))
            {
                return false;
            }

            alternatives[^1].Add(comparison);
            if (at == words.Count)
            {
                condition = new AbortCondition(alternatives);
                return true;
            }

            switch (words[at++])
            {
                case "and":
                    break;
                case "or":
                    alternatives.Add([]);
                    break;
                case var other:
                    error = $"'{PrintableText.Of(other)}' stands where 'and', 'or' or the end is expected, {Example}";
                    return false;
            }
        }
    }

    private static bool TryComparison(List<string> words, ref int at, out Comparison comparison, out string error)
    {
        comparison = new Comparison("", null, false, 0);
        if (at == words.Count)
        {
            error = $"ends where a comparison is expected, {Example}";
            return false;
        }

        var metric = words[at++];
        int? percentile = metric switch { "p50" => 50, "p90" => 90, "p95" => 95, "p99" => 99, _ => null };
        if (percentile is null && metric != "success")
        {
            error = $"'{PrintableText.Of(metric)}' is not one of success, p50, p90, p95, p99, {Example}";
            return false;
        }

        var wanted = percentile is null ? "<" : ">";
        if (at == words.Count || words[at] != wanted)
        {
            var instead = at == words.Count ? "the end" : $"'{PrintableText.Of(words[at])}'";
            error = $"{metric}: {instead} stands where '{wanted}' is expected: a rollout is given up when {(percentile is null ? "successes are too few" : "calls take too long")}";
            return false;
        }

        at++;
        var value = at == words.Count ? "" : words[at++];
        if (!TryBound(value, percentile is null, out var isRelative, out var bound))
        {
            error = $"{metric}{wanted}: '{PrintableText.Of(value)}' is not {(percentile is null ? "a percentage up to 100% or a multiple like 0.99x" : "a duration like 250ms or a multiple like 2x")} above 0";
            return false;
        }

        comparison = new Comparison($"{metric}{wanted}{value}", percentile, isRelative, bound);
        error = "";
        return true;
    }

    private static bool TryBound(string text, bool isShare, out bool isRelative, out double bound)
    {
        isRelative = text.EndsWith('x');
        if (isRelative)
        {
            return TryNumber(text[..^1], out bound) && bound <= 1000;
        }

        if (isShare)
        {
            var isRead = TryNumber(text.EndsWith('%') ? text[..^1] : "", out bound) && bound <= 100;
            bound /= 100;
            return isRead;
        }

        var isTime = DurationText.TryParse(text, out var time) && time > TimeSpan.Zero;
        bound = time.TotalSeconds;
        return isTime;
    }

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number) && number > 0 && double.IsFinite(number);

    // Signs by themselves, and what is between them and spaces.
    [GeneratedRegex(@"[<>=!&|()]+|[^\s<>=!&|()]+", RegexOptions.CultureInvariant)]
    private static partial Regex Words();
}
