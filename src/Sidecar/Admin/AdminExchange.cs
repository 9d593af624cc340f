using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Mesh.Hosting;
using Mesh.Sidecar.Admin.Pages;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Timers;

namespace Mesh.Sidecar.Admin;

/// <summary>
/// One request to the admin pages: reads its body if the page wants one, has the page made on another thread, and sends it piece by
/// piece, as the caller takes them. On the loop of the admin pages, apart from what is marked.
/// </summary>
internal sealed class AdminExchange(MessageStream stream, AdminConnection connection, AdminConnections connections, AdminContext context)
    : IStreamHandler, ITimerTarget
{
    /// <summary>A body here is a word.</summary>
    private const int MaxBody = 4096;

    /// <summary>What the connection is given at a time.</summary>
    private const int PieceSize = 32 * 1024;

    /// <summary>For the body of a request.</summary>
    private static readonly TimeSpan BodyLimit = TimeSpan.FromSeconds(30);

    private readonly ByteBuffer _body = new();
    private LoopTimer? _patience;
    private AdminRequest _request = AdminRequest.None;
    private ReadOnlySequence<byte> _left;
    private long _held;
    private bool _isAsked;
    private volatile bool _isOver;

    /// <summary>Its head has come.</summary>
    public void Begin(HeaderList headers, bool endStream)
    {
        _request = AdminRequest.Of(headers);
        if (context.Guard.WhyRefused(AdminRequest.HostOf(headers), connection.Local?.Address) is { } why)
        {
            Answer(Pages.Answer.Text(why + "\n", PageGuard.MisdirectedRequest));
        }
        else if (AdminPages.WantsBody(_request) && HasBody(headers, endStream))
        {
            AwaitBody(headers);
        }
        else
        {
            Ask();
        }
    }

    void IStreamHandler.OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        stream.ReturnCredit(data.Length);
        if (_isAsked)
        {
            return;
        }

        if (_body.Length + data.Length > MaxBody)
        {
            RefuseBody();
            return;
        }

        _body.Append(data);
        if (endStream)
        {
            EndBody();
        }
    }

    void IStreamHandler.OnTrailers(MessageStream stream, HeaderList trailers)
    {
        if (!_isAsked)
        {
            EndBody();
        }
    }

    void IStreamHandler.OnSent(MessageStream stream, int bytes)
    {
        Release(bytes);
        GiveOn();
    }

    void IStreamHandler.OnReset(MessageStream stream, StreamReset reset) => End();

    void IStreamHandler.OnClosed(MessageStream stream) => End();

    void IStreamHandler.OnInterim(MessageStream stream, HeaderList headers)
    {
    }

    void IStreamHandler.OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
    }

    void ITimerTarget.OnTimer(int kind) => Answer(Pages.Answer.Text("the body of the request was not finished in time\n", 408));

    /// <summary>What asks for another protocol has none, though its end is told with the answer.</summary>
    private static bool HasBody(HeaderList headers, bool endStream) => !endStream && headers.IndexOf(KnownHeader.Upgrade) < 0;

    private void AwaitBody(HeaderList headers)
    {
        if (headers.TryGet(KnownHeader.ContentLength, out var said) && (!Utf8Parser.TryParse(said, out long length, out _) || length > MaxBody))
        {
            RefuseBody();
            return;
        }

        if (headers.IndexOf(KnownHeader.Expect) >= 0)
        {
            stream.WriteHeaders(AnswerHead.Continue(), endStream: false);
        }

        _patience = new LoopTimer(this);
        context.Loop.Timers.Schedule(_patience, context.Loop.Now + BodyLimit.Ticks);
    }

    private void EndBody()
    {
        _request = _request with { Level = Encoding.UTF8.GetString(_body.Written).Trim() };
        Ask();
    }

    private void RefuseBody() => Answer(Pages.Answer.Text($"a body here has {MaxBody} bytes at most\n", 413));

    private void Ask()
    {
        _isAsked = true;
        _patience?.Cancel();
        _ = Task.Run(AnswerAsync);
    }

    /// <summary>On a thread of the pool: a large page takes a while.</summary>
    private async Task AnswerAsync()
    {
        if (_isOver)
        {
            return; // whoever asked has gone before there was a thread for it
        }

        Answer answer;
        try
        {
            answer = await context.Pages.AnswerAsync(_request);
        }
        catch (Exception e)
        {
            context.Log.Error($"admin: {PrintableText.Of(_request.Path, AdminPages.LongestShown)}: a defect of ours: {e}");
            answer = Pages.Answer.Text("a defect of the sidecar; its log says more\n", 500);
        }

        context.Loop.Post(() => Answer(answer));
    }

    private void Answer(Answer answer)
    {
        _isAsked = true;
        _patience?.Cancel();
        if (_isOver)
        {
            return;
        }

        var isBodyless = _request.Method == "HEAD" || answer.Body.IsEmpty;
        stream.WriteHeaders(AnswerHead.Of(answer, context.Time.GetUtcNow()), isBodyless);
        if (!isBodyless)
        {
            _left = answer.Body;
            _held = _left.Length;
            connections.Hold(connection, _held);
        }

        GiveOn();
    }

    /// <summary>Gives the connection as much as it takes at present.</summary>
    private void GiveOn()
    {
        while (_left.Length > 0 && stream.PendingBytes == 0)
        {
            var piece = _left.FirstSpan[..Math.Min(PieceSize, _left.FirstSpan.Length)];
            _left = _left.Slice(piece.Length);
            Release(stream.Write(piece, endStream: _left.IsEmpty));
        }

        if (_left.IsEmpty)
        {
            stream.StopPeerWhenDone();
        }
    }

    private void Release(long bytes)
    {
        if (bytes > 0)
        {
            _held -= bytes;
            connections.Release(connection, bytes);
        }
    }

    private void End()
    {
        _isOver = true;
        _left = default;
        _patience?.Cancel();
        Release(_held);
    }
}
