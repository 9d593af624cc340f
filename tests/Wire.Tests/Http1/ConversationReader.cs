using System.Globalization;
using System.Text;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Tests.Http2.Hpack;
using Mesh.Wire.Transport.Memory;

namespace Mesh.Wire.Tests.Http1;

/// <summary>Reads one conversation as a connection would.</summary>
internal sealed class ConversationReader
{
    private readonly ConnectionScratch _scratch = new MemoryLoop(TimeProvider.System).Scratch;
    private readonly RequestReader _requests;
    private readonly ResponseReader _responses;
    private readonly BodyReader _body;
    private readonly HeaderList _list = new();
    private readonly List<string> _told = [];
    private readonly StringBuilder _content = new();
    private bool _isInBody;
    private bool _isTunnel;
    private bool _isOver;

    public ConversationReader(Http1Limits limits)
    {
        _requests = new RequestReader(_scratch, limits);
        _responses = new ResponseReader(_scratch, limits);
        _body = new BodyReader(_scratch, limits);
    }

    public string[] ReadRequests(byte[][] pieces) => Read(pieces, ReadRequest);

    public string[] ReadResponses(byte[][] pieces, ResponseTo[] requests)
    {
        var next = 0;
        return Read(pieces, ReadResponse);

        ReadResult ReadResponse(ReadOnlySpan<byte> bytes, out int consumed)
        {
            var request = requests.Length == 0 ? new ResponseTo() : requests[Math.Min(next, requests.Length - 1)];
            var result = _responses.Read(bytes, request, _list, out consumed, out var facts);
            if (result == ReadResult.Done)
            {
                next += facts.IsInterim ? 0 : 1;
                OnHead(facts, facts.BeginsTunnel);
            }

            return result == ReadResult.Fault ? Fail(_responses.Fault!) : result;
        }
    }

    private delegate ReadResult HeadRead(ReadOnlySpan<byte> bytes, out int consumed);

    private ReadResult ReadRequest(ReadOnlySpan<byte> bytes, out int consumed)
    {
        var result = _requests.Read(bytes, _list, out consumed, out var facts);
        if (result == ReadResult.Done)
        {
            OnHead(facts, facts.IsConnect);
        }

        return result == ReadResult.Fault ? Fail(_requests.Fault!) : result;
    }

    private string[] Read(byte[][] pieces, HeadRead readHead)
    {
        foreach (var piece in pieces)
        {
            var rest = piece.AsSpan();
            while (!rest.IsEmpty && !_isOver)
            {
                // The list is another's between two calls.
                _list.Clear();
                _list.Add("x-other"u8, "another's"u8);
                int consumed;
                if (_isTunnel)
                {
                    _content.Append(Codec.Text(rest));
                    break;
                }

                var result = _isInBody ? ReadBody(rest, out consumed) : readHead(rest, out consumed);
                Assert.InRange(consumed, 0, rest.Length);
                Assert.True(result != ReadResult.NeedMore || consumed > 0);
                rest = rest[consumed..];
            }
        }

        if (_isTunnel)
        {
            _told.Add($"tunnel {_content}");
        }
        else if (!_isOver)
        {
            OnEnd();
        }

        _requests.Release();
        _responses.Release();
        _body.Release();
        Assert.Equal(0, _scratch.PartsInUse);
        return [.. _told];
    }

    private void OnHead(in MessageFacts facts, bool isTunnel)
    {
        _told.AddRange(Codec.Lines(_list));
        _told.Add(Facts(facts));
        Assert.False(_requests.IsWithin || _responses.IsWithin);
        _body.Begin(facts);
        _isInBody = facts.HasBody;
        _isTunnel = isTunnel;
    }

    private ReadResult ReadBody(ReadOnlySpan<byte> bytes, out int consumed)
    {
        var result = _body.Read(bytes, _list, out consumed, out var data);
        _content.Append(Codec.Text(data));
        if (result == ReadResult.Done)
        {
            _isInBody = false;
            TellContent("body");
            _told.AddRange(Codec.Lines(_list).Select(line => $"trailer {line}"));
        }

        return result == ReadResult.Fault ? Fail(_body.Fault!) : result;
    }

    private void OnEnd()
    {
        if (_isInBody)
        {
            TellContent(_body.OnEndOfStream() ? "body to the end" : "body cut short");
        }
        else if (_requests.IsWithin || _responses.IsWithin)
        {
            _told.Add("within a head");
        }
    }

    private void TellContent(string how)
    {
        _told.Add($"{how}: {_content}");
        _content.Clear();
    }

    private ReadResult Fail(Http1Fault fault)
    {
        // How much of the content had been told before does depend on how it was cut.
        _content.Clear();
        _isOver = true;
        _told.Add($"{fault.Status} {fault.Text}");
        return ReadResult.Fault;
    }

    private static string Facts(in MessageFacts facts) => string.Join(' ', new[]
    {
        $"1.{facts.MinorVersion}",
        facts.KeepsAlive ? "keeps" : "closes",
        facts.Framing switch
        {
            BodyFraming.None => "",
            BodyFraming.Length => facts.Length.ToString(CultureInfo.InvariantCulture),
            BodyFraming.Chunked => "chunked",
            _ => "to-the-end",
        },
        facts.ExpectsContinue ? "expects" : "",
        facts.Upgrades ? "upgrades" : "",
    }.Where(word => word.Length > 0));
}
