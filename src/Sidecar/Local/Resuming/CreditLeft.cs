using Mesh.V1;

namespace Mesh.Sidecar.Local.Resuming;

/// <summary>What a consumer can still take: what it has granted, less what it has been sent. One caller at a time.</summary>
internal sealed class CreditLeft
{
    private bool _isBoundByBytes;
    private long _messages;
    private long _bytes;

    /// <summary>As a stream begins with it.</summary>
    public Credit AsFirst => new()
    {
        Messages = (uint)Math.Clamp(_messages, 0, uint.MaxValue),

        // Overdrawn, a byte would still fetch one message: none is sent without a credit of messages.
        Bytes = _isBoundByBytes ? (ulong)Math.Max(1, _bytes) : 0,
    };

    public void Begin(Credit? first)
    {
        _isBoundByBytes = first is { Bytes: > 0 };
        Grant(first ?? new Credit());
    }

    public void Grant(Credit credit)
    {
        _messages += credit.Messages;
        _bytes += (long)Math.Min(credit.Bytes, long.MaxValue / 4);
    }

    public void Spend(int bytes)
    {
        _messages--;
        _bytes -= bytes;
    }
}
