using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Mesh;

/// <summary>A sidecar that runs out of file descriptors while it has a control plane, an app to check and telemetry to send.</summary>
public sealed class DescriptorTests
{
    private const int Waiting = 40;

    [Fact]
    public async Task A_sidecar_without_descriptors_lives_and_finds_the_control_plane_again_when_it_has_some()
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // elsewhere the limit of another process cannot be changed
        }

        var plane = await ControlPlane.StartAsync();
        var sockets = new List<Socket>();
        try
        {
            await using var app = await EchoServer.StartAsync();
            await using var sidecar = await Sidecar.StartAsync(
                ["--service", "echo", "--app", app.Address, "--instance-id", "echo-1", "--health", "tcp", "--control-plane", plane.Url],
                // Nobody listens there: every export is an attempt to connect.
                [.. DescriptorLimit.Environment, new("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"), new("OTEL_METRIC_EXPORT_INTERVAL", "100")]);
            await plane.HealthyAsync("echo", "echo-1");
            var echo = new Echo.EchoClient(sidecar.Channel("echo"));
            await echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);

            var limit = DescriptorLimit.Leave(sidecar.Process, 1);
            // They take whatever descriptor is given back.
            sockets.AddRange(Enumerable.Range(0, Waiting).Select(_ => Connect(sidecar.Outbound)));
            var address = plane.Grpc;
            await plane.DisposeAsync();
            await sidecar.Process.LineAsync(line => line.Contains("no file descriptor is free", StringComparison.Ordinal));
            plane = await ControlPlane.StartAsync("--grpc", address);
            for (var i = 0; i < 20; i++)
            {
                await echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
            }

            limit.Lift();
            await plane.HealthyAsync("echo", "echo-1");
            await Bound.UntilAsync(
                () => sidecar.Process.Errors.Count(line => line.Contains("connected to the control plane", StringComparison.Ordinal)) >= 2,
                () => "discovery goes on");
            await echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
            Assert.DoesNotContain(sidecar.Process.Errors, line => line.Contains("defect", StringComparison.Ordinal));
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
            await plane.DisposeAsync();
        }
    }

    private static Socket Connect(string address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPEndPoint.Parse(address));
        socket.Send(Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n"));
        return socket;
    }
}
