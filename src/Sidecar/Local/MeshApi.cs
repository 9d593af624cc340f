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
internal sealed class MeshApi(IReadOnlyList<LocalMethod> methods, IReadOnlyList<LoopSnapshot> loops) : LocalServer
{
    /// <summary>The authority, and the name of the service that stands for it.</summary>
    public const string Name = ReservedName.Value;

    public override IConnectionHandler On(WorkerLoop worker) => new OneLoop(loops[worker.Index], methods);

    private sealed class OneLoop(LoopSnapshot inForce, IReadOnlyList<LocalMethod> methods) : IConnectionHandler
    {
        private readonly HeaderList _head = new();

        public void OnRequest(MessageStream stream, HeaderList headers, bool endStream)
        {
            if (!headers.TryGet(KnownHeader.ContentType, out var type) || !type.StartsWith("application/grpc"u8))
            {
                Refuse(stream);
                return;
            }

            var call = new LocalCall(inForce, stream);
            stream.Handler = call;
            headers.TryGet(KnownHeader.Path, out var path);
            foreach (var method in methods)
            {
                if (path.SequenceEqual(method.Path))
                {
                    call.Begin(method, endStream);
                    return;
                }
            }

            call.End(Policy.Outcomes.GrpcStatus.Unimplemented, "the mesh itself has no such method; it serves grpc.health.v1.Health"u8);
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
            stream.Write("the mesh itself is called by gRPC\n"u8, endStream: true);
            stream.StopPeerWhenDone();
        }
    }
}
