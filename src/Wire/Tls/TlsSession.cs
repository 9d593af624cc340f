using Mesh.Wire.Buffers;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Tls;

/// <summary>What became of a step of a session.</summary>
internal enum TlsStep
{
    /// <summary>It is through: the handshake is done, or bytes were read.</summary>
    Done,

    /// <summary>It goes on with more of the peer's bytes.</summary>
    Wants,

    /// <summary>The peer has said that it writes no more (close_notify).</summary>
    Ended,

    /// <summary>It is over; <see cref="TlsSession.Result"/> and <see cref="TlsSession.Fault"/> say why, and the alert, if there is one, is in the output.</summary>
    Failed,
}

/// <summary>
/// One end of one connection of TLS, without its transport: the peer's bytes go in, ours come out. Its inhabitants are OpenSSL's and
/// SslStream's. Nothing throws for what a peer sends. Only the loop's thread may call it.
/// </summary>
internal abstract class TlsSession
{
    /// <summary>The most that goes into one record (RFC 8446 section 5.1).</summary>
    public const int MostPlain = 16 * 1024;

    /// <summary>Who the peer has proven to be; null before the handshake is done.</summary>
    public SpiffeId? Peer { get; private protected set; }

    /// <summary>What both have agreed to speak; null before the handshake is done.</summary>
    public Protocol? Protocol { get; private protected set; }

    /// <summary>Why it has failed.</summary>
    public HandshakeResult Result { get; private protected set; } = HandshakeResult.UnknownFailure;

    /// <summary>The same for people.</summary>
    public string? Fault { get; private protected set; }

    /// <summary>The peer has sent more records without anything in them than anybody needs.</summary>
    public bool IsFlooded { get; private protected set; }

    /// <summary>The peer's next bytes. They stay where they are until <see cref="EndInput"/>.</summary>
    public abstract unsafe void BeginInput(byte* bytes, int count);

    /// <returns>How many, at the end, were not looked at: they must come again, before others.</returns>
    public abstract int EndInput();

    /// <summary>Goes on with the handshake, as far as the input reaches.</summary>
    /// <param name="output">What is to be sent goes here.</param>
    public abstract TlsStep Handshake(ByteQueue output);

    /// <summary>Decrypts what has come; of an input, until it says other than <see cref="TlsStep.Done"/>.</summary>
    /// <param name="plain">Where to; not empty.</param>
    /// <param name="output">What is to be sent goes here: answers, alerts.</param>
    /// <param name="now">The loop's time.</param>
    /// <param name="count">How many bytes were written there.</param>
    public abstract TlsStep Read(Span<byte> plain, ByteQueue output, long now, out int count);

    /// <summary>Encrypts the first bytes of a queue, as one record, and takes them off it.</summary>
    /// <param name="plain">Not empty.</param>
    /// <param name="output">The record goes here.</param>
    /// <returns>Whether the session still lives.</returns>
    public abstract bool Write(ByteQueue plain, ByteQueue output);

    /// <summary>Says that we write no more (close_notify).</summary>
    public abstract void Shut(ByteQueue output);

    /// <summary>Gives back what it holds. Never from within one of its own calls.</summary>
    public abstract void Free();
}
