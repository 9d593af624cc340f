namespace Mesh.Messaging.Delivering;

/// <summary>What is still to be delivered has two forms, and one set of rules.</summary>
public enum BacklogKind
{
    /// <summary>Messages that were published to it.</summary>
    Queue,

    /// <summary>Events of the log, shared by a group's members.</summary>
    Group,
}

/// <summary>A queue or a group.</summary>
/// <param name="Kind">Each kind has names of its own.</param>
/// <param name="Name">1 to 200 of letters, digits, <c>.</c>, <c>-</c>, <c>_</c>, <c>/</c> and <c>:</c>.</param>
public readonly record struct BacklogName(BacklogKind Kind, string Name)
{
    /// <summary>In characters.</summary>
    public const int MaxLength = 200;

    /// <summary>A queue's.</summary>
    public static BacklogName Queue(string name) => new(BacklogKind.Queue, name);

    /// <summary>A group's.</summary>
    public static BacklogName Group(string name) => new(BacklogKind.Group, name);

    /// <summary>Null if it can be made; else what is wrong with the name, in words that follow it.</summary>
    public string? WhyNot()
    {
        if (Name.Length is 0 or > MaxLength)
        {
            return $"has {Name.Length} characters: 1 to {MaxLength} are allowed";
        }

        foreach (var character in Name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('.' or '-' or '_' or '/' or ':'))
            {
                return "may have letters, digits, '.', '-', '_', '/' and ':' only";
            }
        }

        return null;
    }

    /// <summary>As messages name it.</summary>
    public override string ToString() => $"{(Kind == BacklogKind.Queue ? "queue" : "group")} '{Name}'";
}
