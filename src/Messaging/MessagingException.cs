namespace Mesh.Messaging;

/// <summary>An engine cannot be opened; the message names what it would have opened and the way out, in one line.</summary>
public sealed class MessagingException : Exception
{
    /// <inheritdoc/>
    public MessagingException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
