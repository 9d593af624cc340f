using System.Net;
using System.Net.Sockets;
using Grpc.Net.Client;
using Mesh.ControlPlane.Tests.Api;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Executable;

/// <summary>More connections than the process may have descriptors.</summary>
public sealed class DescriptorTests
{
    private const string Few = "ulimit -n 256";

    // As a client begins that then asks nothing: the preface and empty settings (RFC 9113 section 3.4).
    private static readonly byte[] Preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0];

    [Fact]
    public async Task Five_hundred_connections_that_say_nothing_keep_nobody_out()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var (process, listeners) = await ControlPlaneProcess.StartReadyAfterAsync(Few);
        using (process)
        {
            var idle = await ConnectAsync(listeners["grpc"], 500, []);
            using var channel = GrpcChannel.ForAddress($"http://{listeners["grpc"]}");
            using var call = new RegistrationCall(new V1.Registry.RegistryClient(channel).Register(cancellationToken: Bound.Token()));
            await call.SendAsync(Make.Register());
            idle.AddRange(await ConnectAsync(listeners["grpc"], 100, []));
            await call.HeartbeatAsync(ServiceStatus.Healthy);
            using var pages = new HttpClient { BaseAddress = new Uri($"http://{listeners["http"]}") };
            Assert.Equal("ok\n", await pages.GetStringAsync("/livez", Bound.Token()));
            Assert.DoesNotContain("mesh_connections_closed_idle_total 0\n", await pages.GetStringAsync("/metrics", Bound.Token()), StringComparison.Ordinal);
            idle.ForEach(socket => socket.Dispose());
            await process.ErrorLineAsync("--grpc: ", "the oldest idle one was closed for a new one");
            await EndsWellAsync(process);
        }
    }

    [Fact]
    public async Task Accepting_pauses_and_says_so_while_all_places_are_in_use_and_goes_on_afterwards()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var (process, listeners) = await ControlPlaneProcess.StartReadyAfterAsync(Few);
        using (process)
        {
            using var channel = GrpcChannel.ForAddress($"http://{listeners["grpc"]}");
            var config = new V1.Config.ConfigClient(channel);
            await config.ApplyAsync(new() { Resources = { Make.Config("orders") } });
            var busy = await ConnectAsync(listeners["grpc"], 400, Preface);

            await process.ErrorLineAsync("--grpc: accepting pauses: ", "as many as the limit of 256 open files allows (ulimit -n)");
            // Whoever is in is served, as are the pages.
            Assert.Equal("orders", (await config.GetAsync(new() { Service = "orders" })).Service);
            using var pages = new HttpClient { BaseAddress = new Uri($"http://{listeners["http"]}") };
            Assert.Equal("ready\n", await pages.GetStringAsync("/readyz", Bound.Token()));

            using var late = GrpcChannel.ForAddress($"http://{listeners["grpc"]}");
            var waiting = new V1.Config.ConfigClient(late).GetAsync(new() { Service = "orders" }).ResponseAsync;
            busy.ForEach(socket => socket.Dispose());
            Assert.Equal("orders", (await waiting.WaitAsync(Bound.Token())).Service);
            await EndsWellAsync(process);
        }
    }

    [Fact]
    public async Task Probes_get_in_whatever_waits_on_the_port_of_the_pages()
    {
        var (process, listeners) = await ControlPlaneProcess.StartReadyAsync();
        using (process)
        {
            // Silent, with half a head, and done with a request.
            var idle = await ConnectAsync(listeners["http"], 60, []);
            idle.AddRange(await ConnectAsync(listeners["http"], 60, "GET /livez HTTP/1.1\r\nHo"u8.ToArray()));
            idle.AddRange(await ConnectAsync(listeners["http"], 60, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray()));
            for (var i = 0; i < 20; i++)
            {
                using var probe = new HttpClient { BaseAddress = new Uri($"http://{listeners["http"]}") };
                Assert.Equal("ok\n", await probe.GetStringAsync("/livez", Bound.Token()));
            }

            idle.ForEach(socket => socket.Dispose());
        }
    }

    private static async Task<List<Socket>> ConnectAsync(string address, int count, byte[] first)
    {
        var sockets = new List<Socket>();
        for (var i = 0; i < count; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            await socket.ConnectAsync(IPEndPoint.Parse(address), Bound.Token());
            if (first.Length != 0)
            {
                await socket.SendAsync(first, Bound.Token());
            }
        }

        return sockets;
    }

    private static async Task EndsWellAsync(ControlPlaneProcess process)
    {
        await process.SignalAsync("TERM");
        var (code, _, errors) = await process.EndAsync();
        Assert.Equal(0, code);
        Assert.DoesNotContain("xception", errors, StringComparison.Ordinal);
        // What repeats is summed up.
        Assert.InRange(errors.Split('\n').Length, 1, 5);
    }
}
