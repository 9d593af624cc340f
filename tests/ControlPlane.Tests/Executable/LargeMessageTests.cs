using System.IO.Compression;
using Grpc.Core;
using Mesh.ControlPlane.Tests.Api;

namespace Mesh.ControlPlane.Tests.Executable;

/// <summary>Messages above the 4 MiB that the control plane takes, from clients that know nothing of the limit.</summary>
public sealed class LargeMessageTests
{
    private const string Exhausted = "8";
    private const int OneTooMany = (4 * 1024 * 1024) + 1;

    private const string Answer =
        "the message has more than 4194304 bytes, the most that one may have here: send what it holds in several (Apply: fewer resources at once)";

    private static readonly (byte[] Body, bool Gzip)[] Bodies =
    [
        // Only said to be so large; so large; larger than HTTP servers take a body by default; so large when unpacked.
        (RawCall.Frame([], length: OneTooMany), false),
        (RawCall.Frame(new byte[OneTooMany]), false),
        (RawCall.Frame(new byte[40_000_000]), false),
        (RawCall.Frame(Packed(), isCompressed: true), true),
    ];

    [Fact]
    public async Task The_answer_names_the_limit_and_a_way_out_and_the_log_is_left_alone()
    {
        var (process, listeners) = await ControlPlaneProcess.StartReadyAsync();
        using (process)
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://{listeners["grpc"]}") };
            foreach (var method in (string[])["/mesh.v1.Config/Apply", "/mesh.v1.Registry/Register", "/mesh.v1.Discovery/Connect", "/grpc.health.v1.Health/Check"])
            {
                foreach (var (body, gzip) in Bodies)
                {
                    Assert.Equal((Exhausted, Answer), await RawCall.SendAsync(client, method, body, gzip));
                }
            }

            await process.SignalAsync("TERM");
            Assert.Equal((0, ""), await process.EndAsync() is var (code, _, errors) ? (code, errors) : default);
        }
    }

    [Fact]
    public async Task So_does_the_end_of_a_call_that_was_answered_before()
    {
        await using var plane = await TestPlane.StartAsync();
        using var call = plane.Registry.Register(cancellationToken: Bound.Token());
        await call.RequestStream.WriteAsync(Make.Register());
        Assert.True(await call.ResponseStream.MoveNext());
        // Told while it still sends, the client may wait for ever for what it has written: the end of the call is what ends that.
        _ = call.RequestStream.WriteAsync(new() { Heartbeat = Make.Heartbeat(V1.ServiceStatus.Healthy, new string('x', OneTooMany)) });

        var refused = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext());
        Assert.Equal((StatusCode.ResourceExhausted, Answer), (refused.StatusCode, refused.Status.Detail));
    }

    private static byte[] Packed()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(new byte[OneTooMany]);
        }

        return packed.ToArray();
    }
}
