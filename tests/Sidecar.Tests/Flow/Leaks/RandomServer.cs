using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Tests.Flow.Leaks;

/// <summary>Endpoints: most calls are answered, the others fail in every way there is.</summary>
internal sealed class RandomServer(Random random) : RandomEnd(random)
{
    private static readonly HeaderList Head = List((":status", "200"), ("content-type", "application/grpc"));
    private static readonly HeaderList Page = List((":status", "503"), ("content-type", "text/html"));
    private static readonly HeaderList Interim = List((":status", "103"));
    private static readonly HeaderList Ok = List(("grpc-status", "0"));
    private static readonly HeaderList Unavailable = List(("grpc-status", "14"));
    private static readonly HeaderList Mute = List(("x-a", "b"));
    private static readonly HeaderList Busy = List((":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "14"));

    private readonly byte[] _message = [0, 0, 0, 0x27, 0x10, .. new byte[10_000]];

    public int Requests { get; private set; }

    public override void OnRequest(MessageStream stream, HeaderList headers, bool endStream)
    {
        stream.Handler = this;
        Requests++;
        Add(stream, Random.Next(40)).RequestEnded = endStream;
    }

    protected override void Act(MessageStream stream, State state)
    {
        if (Finishing && state.Behaviour != 1)
        {
            state.Behaviour = 40;
        }

        switch (state.Behaviour)
        {
            case 0:
                stream.WriteHeaders(Busy, endStream: true);
                break;
            case 1:
                break; // hangs
            case 2:
                stream.Reset(ErrorCode.RefusedStream);
                break;
            case 3:
                stream.Reset(ErrorCode.InternalError);
                break;
            case 4:
                stream.WriteHeaders(Page, endStream: false);
                stream.Write(_message, endStream: true);
                break;
            case 5 when state.Step++ == 0:
                stream.WriteHeaders(Head, endStream: false); // and hangs
                break;
            case 6 when state.Step++ == 0:
                stream.WriteHeaders(Head, endStream: false);
                stream.Write(_message.AsSpan(0, Random.Next(_message.Length)), endStream: false);
                break;
            case 6:
                stream.Reset(ErrorCode.Cancel);
                break;
            case 7:
                stream.WriteHeaders(Head, endStream: false);
                stream.Write(_message, endStream: true);
                break;
            case 8:
                Answer(stream, Mute);
                break;
            case 9:
                Answer(stream, Unavailable);
                break;
            case 10 when state.Step++ < 150:
                stream.WriteHeaders(Interim, endStream: false);
                break;
            case 11 when state.Step < 20:
                if (state.Step++ == 0)
                {
                    stream.WriteHeaders(Head, endStream: false);
                }

                for (var i = 0; i < 3 && stream.PendingBytes < 100_000; i++)
                {
                    stream.Write(_message, endStream: false);
                }

                break;
            case 11:
                stream.WriteTrailers(Ok);
                break;
            case 12:
                stream.WriteHeaders(Head, endStream: false);
                stream.WriteTrailers(Unavailable);
                break;
            default:
                if (state.RequestEnded || Random.Next(20) == 0)
                {
                    Answer(stream, Ok);
                }

                break;
        }
    }

    private void Answer(MessageStream stream, HeaderList trailers)
    {
        stream.WriteHeaders(Head, endStream: false);
        stream.Write(_message.AsSpan(0, 5 + 10_000), endStream: false);
        stream.WriteTrailers(trailers);
    }

    private static HeaderList List(params (string Name, string Value)[] fields)
    {
        var list = new HeaderList();
        foreach (var (name, value) in fields)
        {
            list.Add(System.Text.Encoding.ASCII.GetBytes(name), System.Text.Encoding.ASCII.GetBytes(value));
        }

        return list;
    }
}
