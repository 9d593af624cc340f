using Google.Protobuf.Reflection;
using Grpc.Health.V1;

namespace Mesh.ControlPlane.Tests.Executable;

/// <summary>What is no message, sent to every method there is.</summary>
public sealed class UnreadableMessageTests
{
    private const string Internal = "13";

    private static readonly string[] Methods =
    [
        .. new ServiceDescriptor[]
        {
            V1.Registry.Descriptor, V1.Config.Descriptor, V1.Discovery.Descriptor, Health.Descriptor,
            Grpc.Reflection.V1.ServerReflection.Descriptor, Grpc.Reflection.V1Alpha.ServerReflection.Descriptor,
        }.SelectMany(service => service.Methods.Select(method => $"/{service.FullName}/{method.Name}")),
    ];

    private static readonly (byte[] Body, bool Gzip)[] Bodies =
    [
        // A field of 127 bytes, of which there are two; a group's end; a varint without end; text that is no UTF-8.
        (RawCall.Frame([0x0a, 0x7f, 1, 2]), false),
        (RawCall.Frame([0x0c]), false),
        (RawCall.Frame([.. Enumerable.Repeat((byte)0xff, 64)]), false),
        (RawCall.Frame([1, 2, 3, 4], isCompressed: true), true),
        // Less than it says.
        (RawCall.Frame([0x0a], length: 100), false),
    ];

    [Fact]
    public async Task Every_method_answers_with_one_short_line_and_the_log_does_not_grow_with_them()
    {
        var (process, listeners) = await ControlPlaneProcess.StartReadyAsync();
        using (process)
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://{listeners["grpc"]}") };
            foreach (var method in Methods)
            {
                foreach (var (body, gzip) in Bodies)
                {
                    var (status, message) = await RawCall.SendAsync(client, method, body, gzip);
                    Assert.True(status == Internal, $"{method}, {Convert.ToHexString(body)}: {status} {message}");
                    Assert.InRange(message.Length, 10, 400);
                    Assert.DoesNotContain('\n', message);
                    Assert.DoesNotContain("xception", message, StringComparison.Ordinal);
                }
            }

            for (var i = 0; i < 500; i++)
            {
                await RawCall.SendAsync(client, Methods[i % Methods.Length], Bodies[i % Bodies.Length].Body, Bodies[i % Bodies.Length].Gzip);
            }

            using var pages = new HttpClient { BaseAddress = new Uri($"http://{listeners["http"]}") };
            var count = (await pages.GetStringAsync("/metrics", Bound.Token())).Split('\n').Single(line => line.StartsWith("mesh_grpc_unreadable_messages_total ", StringComparison.Ordinal));
            Assert.NotEqual("0", count.Split(' ')[1]);

            await process.SignalAsync("TERM");
            var (code, _, errors) = await process.EndAsync();
            Assert.Equal(0, code);
            // One, and on a slow machine one a minute.
            var lines = errors.TrimEnd().Split('\n');
            Assert.InRange(lines.Length, 1, 3);
            Assert.All(lines, line => Assert.InRange(line.Length, 1, 500));
            Assert.Contains("refused: the message is no ", lines[0], StringComparison.Ordinal);
        }
    }
}
