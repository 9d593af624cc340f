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
public sealed record ValueKind<T>(string Placeholder, string Expectation, TryParseValue<T> TryParse);
