using System.Text;
using Google.Protobuf;
using Grpc.Health.V1;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Routing;
using Status = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Mesh.Sidecar.Local;

/// <summary>
/// grpc.health.v1.Health under the authority "mesh" (grpc/doc/health-checking.md): "" asks whether this sidecar serves, and any other
/// name whether the service of that name has an endpoint that is well, as this sidecar sees it.
/// </summary>
/// <param name="isServing">Whether the sidecar is ready, and does not drain. Any thread.</param>
/// <param name="isEnding">Whether it drains: who watches is told, and let go, since a drain waits for the calls under way. Any thread.</param>
/// <param name="want">Asks for word of a service that nothing is known of.</param>
/// <param name="isWatch">The stream of changes, and not the one answer.</param>
internal sealed class HealthQuestion(Func<bool> isServing, Func<bool> isEnding, WantService want, bool isWatch) : LocalMethod
{
    /// <summary>For the control plane's word on a service that nobody here has called before.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public override ReadOnlySpan<byte> Path => isWatch ? "/grpc.health.v1.Health/Watch"u8 : "/grpc.health.v1.Health/Check"u8;

    public override void OnRequest(LocalCall call, ReadOnlySpan<byte> request)
    {
        string name;
        try
        {
            name = HealthCheckRequest.Parser.ParseFrom(request).Service;
        }
        catch (InvalidProtocolBufferException)
        {
            call.End(GrpcStatus.InvalidArgument, "the message is no grpc.health.v1.HealthCheckRequest"u8);
            return;
        }

        var asked = new Asked(Encoding.UTF8.GetBytes(name.ToLowerInvariant()));
        call.State = asked;
        var status = StatusOf(call, asked.Service);
        if (isWatch)
        {
            call.KeepInformed();
            Say(call, asked, status);
        }
        else if (status == Status.ServiceUnknown && want(asked.Service))
        {
            call.KeepInformed();
            call.WaitFor(Patience);
        }
        else
        {
            Answer(call, status);
        }
    }

    public override void OnChanged(LocalCall call)
    {
        var asked = (Asked)call.State!;
        var status = StatusOf(call, asked.Service);
        if (isWatch)
        {
            Say(call, asked, status);
        }
        else if (status != Status.ServiceUnknown || IsSaidToBeNone(call, asked.Service))
        {
            Answer(call, status);
        }
    }

    public override void OnTimeUp(LocalCall call) => Answer(call, Status.ServiceUnknown);

    private void Say(LocalCall call, Asked asked, Status status)
    {
        if (asked.Said != status)
        {
            asked.Said = status;
            call.Write(new HealthCheckResponse { Status = status });
        }

        if (isEnding())
        {
            call.End(GrpcStatus.Unavailable, "this sidecar is going down"u8);
        }
    }

    private static void Answer(LocalCall call, Status status)
    {
        if (status == Status.ServiceUnknown)
        {
            call.End(GrpcStatus.NotFound, "the mesh knows no service of that name"u8);
            return;
        }

        call.Write(new HealthCheckResponse { Status = status });
        call.End(GrpcStatus.Ok);
    }

    private static bool IsSaidToBeNone(LocalCall call, byte[] service) => call.Snapshot.Find(service) is { IsKnown: false };

    private Status StatusOf(LocalCall call, byte[] service)
    {
        if (service.Length == 0)
        {
            return isServing() ? Status.Serving : Status.NotServing;
        }

        return call.Snapshot.Find(service) switch
        {
            { IsKnown: true, Set.HealthyCount: > 0 } => Status.Serving,
            { IsKnown: true } => Status.NotServing,
            _ => Status.ServiceUnknown,
        };
    }

    /// <param name="Service">In lower case.</param>
    private sealed record Asked(byte[] Service)
    {
        /// <summary>What a stream has said last; null before.</summary>
        public Status? Said { get; set; }
    }
}
