using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Mesh.Hosting;
using Mesh.Resources.Rollouts;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary><c>--canary</c>: some of the sidecars try a version out, and it is judged by what they see.</summary>
internal sealed class StagingOptions
{
    private static readonly ValueKind<double> Share = new(
        "PERCENT",
        "a percentage above 0% and below 100% (for example 10%)",
        static (string text, [MaybeNullWhen(false)] out double value) =>
        {
            value = 0;
            return text.EndsWith('%')
                && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value)
                && value is > 0 and < 100;
        });

    private static readonly ValueKind<string> Condition = new(
        "CONDITION",
        "comparisons joined by 'and' and 'or' (for example 'success<99% or p99>2x')",
        static (string text, [MaybeNullWhen(false)] out string value) => (value = text).Length is > 0 and <= AbortCondition.Longest);

    private readonly CliOption<double> _canary = new(
        "--canary", Share, null, "Only so many of the sidecars that are concerned get it first; it is promoted or aborted by what they see (with --for and --abort-if).");

    private readonly CliOption<TimeSpan> _for = new(
        "--for", ValueKinds.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(7)), null, "How long those of --canary try it out.");

    private readonly CliOption<string> _abortIf = new(
        "--abort-if", Condition, null, "When it is given up before that: success below a percentage or multiple of the others' (99%, 0.99x), p50, p90, p95, p99 above a duration or multiple (250ms, 2x).");

    private readonly CliOption<int> _minCalls = new(
        "--min-calls", ValueKinds.WholeNumber(1, 1_000_000), null, "Calls that are needed to judge it, default 100; with fewer when the time is over it is aborted.");

    public static StagingOptions On(Command verb)
    {
        var options = new StagingOptions();
        verb.Options.Add(options._canary.Symbol);
        verb.Options.Add(options._for.Symbol);
        verb.Options.Add(options._abortIf.Symbol);
        verb.Options.Add(options._minCalls.Symbol);
        verb.Validators.Add(options.Validate);
        return options;
    }

    /// <summary>How it is to be tried out; null if it is to hold at once.</summary>
    public Staging? Get(ParseResult parsed)
    {
        if (!_canary.IsGiven(parsed))
        {
            return null;
        }

        var staging = new Staging { Percent = _canary.Get(parsed), Duration = _for.Get(parsed).ToDuration(), AbortIf = _abortIf.Get(parsed) };
        if (_minCalls.IsGiven(parsed))
        {
            staging.MinCalls = (uint)_minCalls.Get(parsed);
        }

        return staging;
    }

    private void Validate(CommandResult result)
    {
        var isCanary = IsGiven(result, _canary.Symbol);
        foreach (var option in (ValueOption[])[_for.Symbol, _abortIf.Symbol, _minCalls.Symbol])
        {
            if (isCanary && option != _minCalls.Symbol && !IsGiven(result, option))
            {
                result.AddError($"--canary: needs {option.Name} as well: {option.Expectation}");
            }
            else if (!isCanary && IsGiven(result, option))
            {
                result.AddError($"{option.Name}: has no effect without --canary");
            }
        }

        if (result.GetResult(_abortIf.Symbol)?.GetValueOrDefault<string[]>() is [var text] && !AbortCondition.TryParse(text, out _, out var error))
        {
            result.AddError($"--abort-if: {error}");
        }
    }

    private static bool IsGiven(CommandResult result, ValueOption option) => result.GetResult(option)?.GetValueOrDefault<string[]>() is [_];
}
