using System.Text;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Tests.Flow.Leaks;

/// <summary>Callers: small and large requests, with and without deadlines, read or not, cancelled or not.</summary>
internal sealed class RandomCaller(Random random) : RandomEnd(random)
{
    private readonly byte[] _bytes = new byte[20_000];

    public int Opened { get; private set; }

    public int Completed { get; private set; }

    /// <summary>How often each status came; -1 for an answer that is not gRPC, -2 for none.</summary>
    public Dictionary<int, int> Statuses { get; } = [];

    public void Open(Http2Connection connection)
    {
        if (!connection.CanOpen)
        {
            return;
        }

        var grpc = Random.Next(10) > 0;
        var head = new HeaderList();
        head.Add(KnownHeader.Method, "POST"u8);
        head.Add(KnownHeader.Scheme, "http"u8);
        head.Add(KnownHeader.Path, "/pkg.Echo/Do"u8);
        head.Add(KnownHeader.Authority, Random.Next(100) == 0 ? "nowhere"u8 : "echo"u8);
        if (grpc)
        {
            head.Add(KnownHeader.ContentType, "application/grpc"u8);
        }

        if (Random.Next(3) == 0)
        {
            head.Add(KnownHeader.GrpcTimeout, Encoding.ASCII.GetBytes($"{Random.Next(1, 300)}m"));
        }

        var end = Random.Next(2) == 0;
        var stream = connection.Open(head, end, this);
        var state = Add(stream, behaviour: 0);
        state.ToSend = end ? -1 : Random.Next(20) == 0 ? Random.Next(300_000) : Random.Next(3000);
        Opened++;
    }

    public override void OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
        if (endStream)
        {
            Count(headers, -1);
        }
    }

    public override void OnTrailers(MessageStream stream, HeaderList trailers)
    {
        base.OnTrailers(stream, trailers);
        Count(trailers, -1);
    }

    public override void OnReset(MessageStream stream, StreamReset reset) => Count(null, -2);

    public override void OnClosed(MessageStream stream)
    {
        base.OnClosed(stream);
        Completed++;
    }

    protected override void Act(MessageStream stream, State state)
    {
        if (Random.Next(60) == 0)
        {
            stream.Reset(ErrorCode.Cancel);
        }
        else if (state.ToSend >= 0 && stream.PendingBytes < 100_000)
        {
            var n = Math.Min(state.ToSend, Random.Next(_bytes.Length));
            state.ToSend -= n;
            var end = state.ToSend == 0;
            stream.Write(_bytes.AsSpan(0, n), end);
            state.ToSend = end ? -1 : state.ToSend;
        }
    }

    private void Count(HeaderList? headers, int otherwise)
    {
        var status = headers is not null && headers.TryGet(KnownHeader.GrpcStatus, out var value)
            ? int.Parse(value, System.Globalization.CultureInfo.InvariantCulture)
            : otherwise;
        Statuses[status] = Statuses.GetValueOrDefault(status) + 1;
    }
}
