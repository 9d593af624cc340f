using System.Net.Security;
using System.Security.Authentication;
using Mesh.Wire.Buffers;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Tls.Managed;

/// <summary>
/// A session of SslStream, driven by the loop: everything it awaits is a read of <see cref="SessionStream"/>, and goes on inside the call that
/// hands bytes in. Only reads of no bytes are ever left pending, so that none writes into memory that is somebody else's by then. It costs
/// more than OpenSSL's own, allocates, throws inside for peers that are refused, and where it cannot send an alert it closes.
/// </summary>
/// <param name="judge">Of the peer's certificate.</param>
/// <param name="asked">As a client, the protocol that is spoken; null for a server.</param>
/// <param name="begin">Begins the handshake.</param>
internal sealed class ManagedSession(ChainJudge judge, Protocol? asked, Func<SslStream, Task> begin) : TlsSession
{
    private readonly SessionStream _network = new();
    private SslStream? _stream;
    private Task? _handshake;
    private Task<int>? _read;
    private byte[]? _record;
    private unsafe byte* _input;
    private int _inputLength;

    public override unsafe void BeginInput(byte* bytes, int count)
    {
        _input = bytes;
        _inputLength = count;
    }

    public override int EndInput()
    {
        var left = _inputLength;
        _inputLength = 0;
        return left;
    }

    public override TlsStep Handshake(ByteQueue output)
    {
        _network.Output = output;
        _stream ??= new SslStream(_network, leaveInnerStreamOpen: true);
        _handshake ??= begin(_stream);
        HandIn();
        _network.Output = null;
        if (!_handshake.IsCompleted)
        {
            return TlsStep.Wants;
        }

        return _handshake.IsCompletedSuccessfully ? Check(output) : Fail(_handshake.Exception!.InnerException!);
    }

    public override TlsStep Read(Span<byte> plain, ByteQueue output, long now, out int count)
    {
        count = 0;
        _network.Output = output;
        try
        {
            _read ??= _stream!.ReadAsync(Memory<byte>.Empty).AsTask();
            HandIn();
            if (!_read.IsCompleted)
            {
                return TlsStep.Wants;
            }

            var failure = _read.Exception?.InnerException;
            _read = null;
            if (failure is not null)
            {
                return Fail(failure);
            }

            count = _stream!.Read(plain);
            return count > 0 ? TlsStep.Done : TlsStep.Ended;
        }
        catch (Exception e) when (e is IOException or AuthenticationException or InvalidOperationException)
        {
            return Fail(e);
        }
        finally
        {
            _network.Output = null;
        }
    }

    public override bool Write(ByteQueue plain, ByteQueue output)
    {
        _record ??= new byte[MostPlain];
        var count = plain.CopyTo(0, _record);
        _network.Output = output;
        try
        {
            _stream!.Write(_record, 0, count);
            plain.Consume(count);
            return true;
        }
        catch (Exception e) when (e is IOException or AuthenticationException or InvalidOperationException)
        {
            Fail(e);
            return false;
        }
        finally
        {
            _network.Output = null;
        }
    }

    public override void Shut(ByteQueue output)
    {
        if (_handshake is not { IsCompletedSuccessfully: true })
        {
            return;
        }

        _network.Output = output;
        _ = _stream!.ShutdownAsync(); // nothing in it waits; if it fails there is nothing to say
        _network.Output = null;
    }

    public override void Free()
    {
        _stream?.Dispose();
        _network.Dispose();
    }

    private unsafe void HandIn()
    {
        var input = new ReadOnlySpan<byte>(_input, _inputLength);
        _inputLength = 0;
        _network.HandIn(input);
    }

    private TlsStep Check(ByteQueue output)
    {
        Peer = judge.Peer;
        Protocol = AlpnNames.Read(_stream!.NegotiatedApplicationProtocol.Protocol.Span);
        if (Protocol is not null && (asked is null || Protocol == asked) && Peer is not null)
        {
            Result = HandshakeResult.Success;
            return TlsStep.Done;
        }

        Peer = null;
        (Result, Fault) = (HandshakeResult.NoApplicationProtocol, "it has agreed to no protocol (ALPN)");
        Shut(output);
        return TlsStep.Failed;
    }

    private TlsStep Fail(Exception why)
    {
        Peer = null;
        (Result, Fault) = judge.Fault is { } fault ? (judge.Result, fault) : (HandshakeResult.UnknownFailure, (why.InnerException ?? why).Message);
        return TlsStep.Failed;
    }
}
