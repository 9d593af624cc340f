namespace Mesh.Messaging.Events;

/// <summary>
/// How much of a type's history is kept. By count the oldest go, but never those that a group has still to take; by age all go, and what a
/// group has missed by that is counted (<see cref="Delivering.BacklogStats.Missed"/>).
/// </summary>
/// <param name="Count">Events of the type, 1 to 1,000,000,000; default 1,000.</param>
/// <param name="Age">1 minute to 10 years; default 7 days.</param>
public sealed record Retention(long Count = 1_000, TimeSpan? Age = null)
{
    /// <summary>What holds where nothing else was said.</summary>
    public static Retention Default { get; } = new();

    /// <summary>The age, the default's where none was given.</summary>
    public TimeSpan MaxAge => Age ?? TimeSpan.FromDays(7);
}
