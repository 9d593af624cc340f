using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>A sidecar that has run out of file descriptors turns new connections away, keeps those it has, and recovers.</summary>
public sealed class DescriptorTests
{
    private const int Waiting = 40;

    /// <summary>RFC 9113 section 3.4: the preface, then SETTINGS, here without any.</summary>
    private static readonly byte[] Hello = [.. Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 0, 0, 0, 4, 0, 0, 0, 0, 0];

    [Fact]
    public async Task Without_descriptors_new_connections_wait_and_calls_under_way_go_on()
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // elsewhere the limit of another process cannot be changed
        }

        await using var server = await EchoServer.StartAsync();
        await using var cut = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Services(("echo", [server.Address], "{}"), ("cut", [cut.Address], "{}")));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        var cutClient = new Echo.EchoClient(sidecar.Channel("cut"));
        await client.UnaryAsync(new Behaviour());
        await cutClient.UnaryAsync(new Behaviour());
        using var stream = client.Bidi(cancellationToken: Bound.Token);
        await EchoOnceAsync(stream);

        // The next calls to this one need a connection, for which there will be no descriptor.
        cut.CutConnections();
        await Bound.UntilAsync(() => cut.Connections == 0, () => "the server is cut off");
        var limit = Descriptors(sidecar.Process) + 8;
        Limit(sidecar.Process.Id, limit);
        var sockets = Enumerable.Range(0, Waiting).Select(_ => Connect(sidecar.Outbound)).ToList();
        try
        {
            await Bound.UntilAsync(() => Served(sockets) > 0 && Descriptors(sidecar.Process) >= limit, () => "descriptors run out");
            for (var i = 0; i < 20; i++)
            {
                await client.UnaryAsync(new Behaviour(), 100);
                await EchoOnceAsync(stream);
            }

            Assert.InRange(Served(sockets), 1, Waiting - 1);
            var status = await cutClient.FailureAsync(new Behaviour());
            Assert.Equal(StatusCode.Unavailable, status.StatusCode);
            Assert.Contains($"{cut.Address} cannot be reached: this process has no file descriptor left", status.Detail, StringComparison.Ordinal);

            // It recovers when somebody goes, and when the limit is raised.
            var served = sockets.Where(socket => socket.Available > 0).ToList();
            served.ForEach(socket => socket.Dispose());
            sockets.RemoveAll(served.Contains);
            await Bound.UntilAsync(() => Served(sockets) > 0, () => "those that waited are served");
            Limit(sidecar.Process.Id, limit + (2 * Waiting));
            await Bound.UntilAsync(() => Served(sockets) == sockets.Count, () => "all that waited are served");
            await cutClient.UnaryAsync(new Behaviour());
            await EchoOnceAsync(stream);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        Assert.DoesNotContain(sidecar.Process.Errors, line => line.Contains("defect", StringComparison.Ordinal));
    }

    private static async Task EchoOnceAsync(AsyncDuplexStreamingCall<EchoRequest, EchoReply> stream)
    {
        await stream.RequestStream.WriteAsync(Calls.Request(new Behaviour(), 10));
        Assert.True(await stream.ResponseStream.MoveNext(Bound.Token));
    }

    private static int Served(List<Socket> sockets) => sockets.Count(socket => socket.Available > 0);

    private static Socket Connect(string address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPEndPoint.Parse(address));
        socket.Send(Hello);
        return socket;
    }

    private static int Descriptors(MeshProcess process) => Directory.GetFileSystemEntries($"/proc/{process.Id}/fd").Length;

    private static void Limit(int processId, int descriptors)
    {
        const int rlimitNoFile = 7;
        // The hard limit stays, so that the soft one can be raised again.
        Assert.Equal(0, PrLimit(processId, rlimitNoFile, IntPtr.Zero, out var before));
        var limit = new ResourceLimit { Soft = (ulong)descriptors, Hard = before.Hard };
        Assert.Equal(0, PrLimit(processId, rlimitNoFile, ref limit, IntPtr.Zero));
    }

    [DllImport("libc", EntryPoint = "prlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int PrLimit(int processId, int resource, ref ResourceLimit limit, IntPtr old);

    [DllImport("libc", EntryPoint = "prlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int PrLimit(int processId, int resource, IntPtr limit, out ResourceLimit old);

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
