using System.Diagnostics.CodeAnalysis;

namespace Mesh.Hosting;

/// <summary>Reads a value from its text; false if the text is ill-formed. Never throws.</summary>
public delegate bool TryParseValue<T>(string text, [MaybeNullWhen(false)] out T value);

/// <summary>
/// A type of option value: how it is written, how it is read. Immutable, any thread.
/// </summary>
/// <param name="Placeholder">How help names it: <c>HOST:PORT</c>.</param>
/// <param name="Expectation">What a value is, completing "'x' is not …", with an example.</param>
/// <param name="TryParse">Reads it.</param>
public sealed record ValueKind<T>(string Placeholder, string Expectation, TryParseValue<T> TryParse)
{
    /// <summary>The least and the most it may be, for help: <c>1 to 100</c>; null if it is not of an order.</summary>
    public string? Range { get; init; }

    /// <summary>The sentences of --help after what the option is for: its default and its range, as far as it has them.</summary>
    public string Bounds(string? defaultText) => (defaultText, Range) switch
    {
        (null, null) => "",
        (null, _) => $" From {Range}.",
        (_, null) => $" Default {defaultText}.",
        _ => $" Default {defaultText}; from {Range}.",
    };
}
