using Mesh.Wire.Buffers;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Tls.OpenSsl;

/// <summary>
/// A session of OpenSSL. It is served by its loop's thread only, and says for the time of each call into the library that it is the one:
/// that is how the library's callbacks find it. After each call that was not simply through, the thread's queue of errors is emptied: what
/// is left in it would turn the next "wants more" of another connection into an error.
/// </summary>
internal sealed unsafe class OpenSslSession : TlsSession
{
    /// <summary>AES-GCM's keys are good for 2^24.5 records (RFC 8446 section 5.5); we renew them well before.</summary>
    private const int RecordsOfAKey = 1 << 23;

    /// <summary>The head of a record, which the library reads by itself.</summary>
    private const int RecordHead = 5;

    [ThreadStatic]
    private static OpenSslSession? _current;

    [ThreadStatic]
    private static byte[]? _record;

    private readonly OpenSslContext _context;
    private readonly PeerRule _rule;
    private readonly Protocol? _asked;
    private nint _ssl;
    private byte* _input;
    private int _inputLength;
    private ByteQueue? _output;
    private RecordBudget _empty;

    /// <summary>Records begun since bytes were last read out of one.</summary>
    private int _heads;
    private int _records;
    private bool _isDone;

    /// <param name="context">Held, since the library's context lives as long as it does.</param>
    /// <param name="native">The library's context of the role.</param>
    /// <param name="rule">Who may be there.</param>
    /// <param name="asked">As a client, the protocol that is spoken; null for a server.</param>
    public OpenSslSession(OpenSslContext context, nint native, PeerRule rule, Protocol? asked)
    {
        _context = context;
        _rule = rule;
        _asked = asked;
        _ssl = LibSsl.New(native);
        if (_ssl == 0)
        {
            throw new InsufficientMemoryException("OpenSSL has no memory for another session.");
        }

        var bio = SessionBio.New();
        LibSsl.SetBio(_ssl, bio, bio); // takes the one reference
        if (asked is { } protocol)
        {
            LibSsl.BeClient(_ssl);
            var offer = AlpnNames.Offer(protocol);
            fixed (byte* names = offer)
            {
                _ = LibSsl.SetAlpn(_ssl, names, (uint)offer.Length);
            }
        }
        else
        {
            LibSsl.BeServer(_ssl);
        }
    }

    /// <summary>The one that is being served on this thread.</summary>
    public static OpenSslSession? Current => _current;

    public override void BeginInput(byte* bytes, int count)
    {
        _input = bytes;
        _inputLength = count;
    }

    public override int EndInput()
    {
        var left = _inputLength;
        _input = null;
        _inputLength = 0;
        return left;
    }

    public override TlsStep Handshake(ByteQueue output)
    {
        Enter(output);
        var result = LibSsl.Handshake(_ssl);
        if (result == 1)
        {
            Leave();
            _isDone = true;
            _heads = 0;
            return CheckProtocol(output);
        }

        var step = StepOf(result);
        Leave();
        return step;
    }

    public override TlsStep Read(Span<byte> plain, ByteQueue output, long now, out int count)
    {
        count = 0;
        if (_inputLength == 0 && LibSsl.HasPending(_ssl) == 0)
        {
            return TlsStep.Wants; // spares the call that would only say so
        }

        Enter(output);
        int result;
        fixed (byte* start = plain)
        {
            result = LibSsl.Read(_ssl, start, plain.Length);
        }

        TlsStep step;
        if (result > 0)
        {
            count = result;
            step = TlsStep.Done;
        }
        else
        {
            step = StepOf(result);
        }

        Leave();
        if (step is TlsStep.Done or TlsStep.Wants && !_empty.TryTake(TakeEmpty(isDone: step == TlsStep.Done), now))
        {
            IsFlooded = true;
            Fault = "too many records with nothing in them";
            Shut(output);
            return TlsStep.Failed;
        }

        return step;
    }

    public override bool Write(ByteQueue plain, ByteQueue output)
    {
        if (++_records == RecordsOfAKey)
        {
            _records = 0;
            UpdateKeys(asPeerToo: true);
        }

        var first = plain.First;
        if (first.Length < Math.Min(plain.Length, MostPlain))
        {
            var record = _record ??= GC.AllocateUninitializedArray<byte>(MostPlain, pinned: true);
            first = record.AsSpan(0, plain.CopyTo(0, record));
        }
        else if (first.Length > MostPlain)
        {
            first = first[..MostPlain];
        }

        Enter(output);
        int result;
        fixed (byte* start = first)
        {
            result = LibSsl.Write(_ssl, start, first.Length);
        }

        if (result <= 0)
        {
            StepOf(result);
        }

        Leave();
        if (result > 0)
        {
            plain.Consume(result);
        }

        return result > 0;
    }

    /// <summary>Our keys are renewed with the next record.</summary>
    /// <param name="asPeerToo">The peer is asked to do the same.</param>
    public void UpdateKeys(bool asPeerToo)
    {
        if (LibSsl.UpdateKey(_ssl, asPeerToo ? 1 : 0) != 1)
        {
            LibSsl.ClearErrors();
        }
    }

    public override void Shut(ByteQueue output)
    {
        if (!_isDone)
        {
            return; // before the handshake is done the library takes it for a mistake
        }

        Enter(output);
        if (LibSsl.Shutdown(_ssl) < 0)
        {
            LibSsl.ClearErrors();
        }

        Leave();
    }

    public override void Free()
    {
        if (_ssl != 0)
        {
            LibSsl.Free(_ssl);
            _ssl = 0;
            GC.KeepAlive(_context);
        }
    }

    /// <summary>Called by the library: the next bytes of the input.</summary>
    public int TakeInput(byte* into, int count)
    {
        var n = Math.Min(count, _inputLength);
        if (n == 0)
        {
            return -1;
        }

        new ReadOnlySpan<byte>(_input, n).CopyTo(new Span<byte>(into, n));
        _input += n;
        _inputLength -= n;
        _heads += count <= RecordHead && n == count ? 1 : 0;
        return n;
    }

    /// <summary>Called by the library: bytes to be sent. What is thrown here must not pass through it.</summary>
    public int AddOutput(byte* bytes, int count)
    {
        try
        {
            _output!.Append(new ReadOnlySpan<byte>(bytes, count));
            return count;
        }
        catch (OutOfMemoryException)
        {
            return -1;
        }
    }

    /// <summary>Called by the library: the client has named no protocol.</summary>
    public void OnNoProtocol() => (Result, Fault) = (HandshakeResult.NoApplicationProtocol, "it names no protocol (ALPN)");

    /// <summary>Called by the library in the midst of a handshake, whose alert follows from the error that is set here.</summary>
    public int VerifyPeer(nint verification)
    {
        try
        {
            var verdict = PeerCertificate.Verify(verification, _rule);
            if (verdict.Id is not null)
            {
                Peer = verdict.Id;
                return 1;
            }

            (Result, Fault) = (verdict.Result, verdict.Fault);
            return 0;
        }
        catch (OutOfMemoryException)
        {
            return 0;
        }
    }

    private void Enter(ByteQueue output)
    {
        _output = output;
        _current = this;
    }

    private void Leave()
    {
        _current = null;
        _output = null;
    }

    /// <summary>A server that answers without a protocol is none of ours, and it is too late for an alert.</summary>
    private TlsStep CheckProtocol(ByteQueue output)
    {
        byte* name;
        uint length;
        LibSsl.AlpnOf(_ssl, &name, &length);
        Protocol = AlpnNames.Read(new ReadOnlySpan<byte>(name, (int)length));
        if (Protocol is not null && (_asked is null || Protocol == _asked) && Peer is not null)
        {
            Result = HandshakeResult.Success;
            return TlsStep.Done;
        }

        (Result, Fault) = (HandshakeResult.NoApplicationProtocol, "it has agreed to no protocol (ALPN)");
        Shut(output);
        return TlsStep.Failed;
    }

    /// <summary>Of the records that were begun, one has what was read in it, or is the one that waits for its rest.</summary>
    private int TakeEmpty(bool isDone)
    {
        var empty = Math.Max(_heads - 1, 0);
        _heads = isDone ? 0 : Math.Min(_heads, 1);
        return empty;
    }

    private TlsStep StepOf(int result)
    {
        switch (LibSsl.ErrorOf(_ssl, result))
        {
            case LibSsl.ErrorWantRead:
                return TlsStep.Wants;
            case LibSsl.ErrorZeroReturn:
                return TlsStep.Ended;
        }

        var (found, text) = OpenSslFaults.Take();
        if (Fault is null)
        {
            (Result, Fault) = (found, text);
        }

        return TlsStep.Failed;
    }
}
