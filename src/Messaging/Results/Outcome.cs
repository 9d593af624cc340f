using System.Diagnostics.CodeAnalysis;

namespace Mesh.Messaging.Results;

/// <summary>What came of a request to an engine: a value, or why there is none. What a caller can send is never answered by an exception.</summary>
/// <typeparam name="T">Of the value.</typeparam>
public readonly struct Outcome<T>
{
    private Outcome(T? value, Refusal? refusal)
    {
        Value = value;
        Refusal = refusal;
    }

    /// <summary>What was asked for, unless <see cref="Refusal"/> says why not.</summary>
    public T? Value { get; }

    /// <summary>Null if it was done.</summary>
    public Refusal? Refusal { get; }

    /// <summary>Whether it was done.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsDone => Refusal is null;

    /// <summary>It was done.</summary>
    public static implicit operator Outcome<T>(T value) => new(value, null);

    /// <summary>It was not done.</summary>
    public static implicit operator Outcome<T>(Refusal refusal) => new(default, refusal);
}
