using System.Text;
using Mesh.Sidecar.Local.Resuming;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Upstream;
using Mesh.Sidecar.Workers;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Local;

/// <summary>
/// The mesh's own APIs, which every sidecar answers on its outbound ports under the authority "mesh": gRPC methods by their path. What
/// holds for any call (deadlines, limits, metrics, traces) holds for these. Any thread may make it; each loop has its own part.
/// </summary>
/// <param name="methods">What there is.</param>
/// <param name="loops">The snapshots that the loops go by, in the order of the loops.</param>
/// <param name="resumed">Streams of the control plane that go on when it comes back; none without one.</param>
/// <param name="isEnding">Whether the sidecar drains. Any thread.</param>
internal sealed class MeshApi(
    IReadOnlyList<LocalMethod> methods, IReadOnlyList<LoopSnapshot> loops, IReadOnlyList<ResumedMethod>? resumed = null, Func<bool>? isEnding = null) : LocalServer
{
    /// <summary>The authority, and the name of the service that stands for it.</summary>
    public const string Name = ReservedName.Value;

    public override IConnectionHandler On(WorkerLoop worker) => new OneLoop(loops[worker.Index], methods, resumed ?? [], isEnding ?? (static () => false));

    private sealed class OneLoop(LoopSnapshot inForce, IReadOnlyList<LocalMethod> methods, IReadOnlyList<ResumedMethod> resumed, Func<bool> isEnding) : IConnectionHandler
    {
        private readonly HeaderList _head = new();

        public void OnRequest(MessageStream stream, HeaderList headers, bool endStream)
        {
            if (!headers.TryGet(KnownHeader.ContentType, out var type) || !type.StartsWith("application/grpc"u8))
            {
                Refuse(stream);
                return;
            }

            headers.TryGet(KnownHeader.Path, out var path);
            foreach (var method in resumed)
            {
                if (path.SequenceEqual(method.Path))
                {
                    var trace = headers.IndexOf("traceparent"u8);
                    var carried = new ResumedCall(inForce, stream, isEnding);
                    stream.Handler = carried;
                    carried.Begin(method, trace < 0 ? "" : Encoding.ASCII.GetString(headers.ValueAt(trace)), endStream);
                    return;
                }
            }

            var call = new LocalCall(inForce, stream);
            stream.Handler = call;
            foreach (var method in methods)
            {
                if (path.SequenceEqual(method.Path))
                {
                    call.Begin(method, endStream);
                    return;
                }
            }

            call.End(Policy.Outcomes.GrpcStatus.Unimplemented, "the mesh itself has no such method; it serves grpc.health.v1.Health and, with a control plane, mesh.v1.Events and mesh.v1.Queues"u8);
        }

        public void OnCapacityChanged(MessageConnection connection)
        {
        }

        public void OnClosed(MessageConnection connection)
        {
        }

        private void Refuse(MessageStream stream)
        {
            stream.Handler = Unhandled.Instance;
            _head.Clear();
            _head.Add(KnownHeader.Status, "404"u8);
            _head.Add(KnownHeader.ContentType, "text/plain; charset=utf-8"u8);
            stream.WriteHeaders(_head, endStream: false);
            stream.Write("the mesh itself is called by gRPC or, with a control plane, under /v1\n"u8, endStream: true);
            stream.StopPeerWhenDone();
        }
    }
}
