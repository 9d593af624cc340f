using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Conformance.Http1;

/// <summary>One end of one call of a random pair: writes its message in pieces by chance, and checks that the other's comes as it was sent.</summary>
internal sealed class RandomTalk(Random random, RandomCall call, MessageStream stream, bool isServer) : IStreamHandler
{
    private int _sent;
    private int _received;
    private int _unreturned;
    private int _waiting;
    private int _interims;
    private bool _hasAnswered;
    private bool _hasAnswer;
    private bool _isDone;

    public RandomCall Call => call;

    /// <summary>The other's message was told whole.</summary>
    public bool PeerIsDone { get; set; }

    public bool WasReset { get; private set; }

    public bool IsClosed { get; private set; }

    private bool HasHead => !isServer || _hasAnswered;

    private bool PeerHasHead => isServer || _hasAnswer;

    private int Length => isServer ? call.ResponseLength : call.RequestLength;

    private bool HasLength => isServer ? call.ResponseHasLength : call.RequestHasLength;

    private int PeerLength => isServer ? call.RequestLength : call.HasAnswerBody ? call.ResponseLength : 0;

    public override string ToString() =>
        $"{(isServer ? "server" : "client")} {call.Number} sent {_sent} of {Length}{(_isDone ? ", done" : "")}, got {_received} of {PeerLength}{(PeerIsDone ? ", done" : "")}{(WasReset ? ", reset" : "")}";

    /// <summary>The head was all.</summary>
    public void HasNothingToSay() => _isDone = true;

    /// <summary>Does something, or nothing.</summary>
    public void Act()
    {
        if (IsClosed || stream.IsClosed)
        {
            return;
        }

        var n = random.Next(3) == 0 ? _unreturned : random.Next(_unreturned + 1);
        _unreturned -= n;
        stream.ReturnCredit(n);
        if (call.IsDisturbed && random.Next(40) == 0)
        {
            WasReset = true;
            stream.Reset(ErrorCode.Cancel);
        }
        else if (!HasHead)
        {
            Begin();
        }
        else if (!_isDone)
        {
            Write();
        }
        else if (isServer && !PeerIsDone)
        {
            stream.StopPeerWhenDone();
        }
    }

    public void OnInterim(MessageStream stream, HeaderList headers)
    {
        Assert.False(PeerHasHead);
        _interims++;
    }

    public void OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
        Assert.False(PeerHasHead);
        Assert.Equal(call.Interims, _interims);
        Assert.True(headers.TryGet(KnownHeader.Status, out var status) && status.SequenceEqual(System.Text.Encoding.ASCII.GetBytes(call.Status)));
        _hasAnswer = true;
        OnEnd(endStream);
    }

    public void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        Assert.True(PeerHasHead && !PeerIsDone && !stream.IsClosed);
        foreach (var octet in data)
        {
            Assert.Equal(call.At(response: !isServer, _received++), octet);
        }

        _unreturned += data.Length;
        OnEnd(endStream);
        if (random.Next(4) == 0)
        {
            Act();
        }
    }

    public void OnTrailers(MessageStream stream, HeaderList trailers)
    {
        Assert.Equal(1, trailers.Count);
        OnEnd(true);
    }

    public void OnSent(MessageStream stream, int bytes)
    {
        _waiting -= bytes;
        Assert.True(bytes > 0 && _waiting >= 0);
        if (random.Next(4) == 0)
        {
            Act();
        }
    }

    public void OnReset(MessageStream stream, StreamReset reset)
    {
        Assert.True(stream.IsClosed && !WasReset);
        WasReset = true;
    }

    public void OnClosed(MessageStream stream)
    {
        Assert.False(IsClosed);
        IsClosed = true;
        Assert.True(WasReset || (PeerIsDone && _isDone && _waiting == 0) || (isServer && _isDone && _waiting == 0));
    }

    private void OnEnd(bool isEnd)
    {
        if (isEnd)
        {
            Assert.False(PeerIsDone);
            Assert.Equal(PeerLength, _received);
            PeerIsDone = true;
        }
    }

    private void Begin()
    {
        if (!call.IsEarly && !PeerIsDone)
        {
            return;
        }

        if (_interims < call.Interims)
        {
            _interims++;
            stream.WriteHeaders(ScriptedPeer.List(":status: 103", "link: x"), endStream: false);
            return;
        }

        _hasAnswered = true;
        _isDone = !HasLength && Length == 0 && random.Next(2) == 0;
        stream.WriteHeaders(call.Response, _isDone);
    }

    private void Write()
    {
        if (_waiting > 50_000)
        {
            return;
        }

        var n = Math.Min(Length - _sent, random.Next(5) == 0 ? random.Next(60_000) : random.Next(2000));
        var piece = new byte[n];
        for (var i = 0; i < n; i++)
        {
            piece[i] = call.At(isServer, _sent++);
        }

        var isEnd = _sent == Length && random.Next(2) == 0;
        var withTrailers = isEnd && !HasLength && call.HasTrailers;
        _isDone = isEnd;
        _waiting += n; // before it is told
        _waiting -= stream.Write(piece, isEnd && !withTrailers);
        if (withTrailers)
        {
            stream.WriteTrailers(ScriptedPeer.List("x-t: 1"));
        }
    }
}
