using System.Text;
using Mesh.Policy.Outcomes;

namespace Mesh.Sidecar.Flow.Messages;

/// <summary>A message of the table of reasons, cut into texts and what follows each. Immutable.</summary>
internal sealed class MessageTemplate
{
    private static readonly MessageTemplate[][] All = [.. Reasons.All.ToArray().Select(row => row.Messages.Select(text => new MessageTemplate(text)).ToArray())];

    private readonly Part[] _parts;

    /// <exception cref="ArgumentException">A word in braces is not one of <see cref="MessageSlot"/>.</exception>
    private MessageTemplate(string text)
    {
        var parts = new List<Part>();
        var from = 0;
        for (var open = text.IndexOf('{'); open >= 0; open = text.IndexOf('{', from))
        {
            var close = text.IndexOf('}', open);
            parts.Add(new Part(Encoding.UTF8.GetBytes(text[from..open]), Enum.Parse<MessageSlot>(text[(open + 1)..close], ignoreCase: true)));
            from = close + 1;
        }

        parts.Add(new Part(Encoding.UTF8.GetBytes(text[from..]), MessageSlot.End));
        _parts = [.. parts];
    }

    public ReadOnlySpan<Part> Parts => _parts;

    /// <summary>It says itself which service it is of.</summary>
    public bool NamesService => Array.Exists(_parts, part => part.Slot == MessageSlot.Service);

    /// <summary>A reason's message; null if nobody is told of it.</summary>
    /// <param name="reason">Which.</param>
    /// <param name="variant">Which of its messages.</param>
    public static MessageTemplate? Of(OutcomeReason reason, int variant) => All[(int)reason] is { Length: > 0 } messages ? messages[variant] : null;

    /// <param name="Text">In UTF-8.</param>
    /// <param name="Slot">What follows it.</param>
    internal readonly record struct Part(byte[] Text, MessageSlot Slot);
}
