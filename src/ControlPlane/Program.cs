using System.Net.Sockets;
using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Trust;
using Mesh.Hosting;
using Mesh.Messaging;

namespace Mesh.ControlPlane;

/// <summary>The executable mesh-control-plane.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        Stdio.Redirect();
        ParentWatch.Start();
        using var shutdown = new Shutdown(isService: true) { IsStarting = true };
        var options = new ControlPlaneOptions();
        if (!options.TryRead(args, out var settings, out var exitCode))
        {
            return exitCode;
        }

        await using var app = new ControlPlaneApp(settings, TimeProvider.System);
        try
        {
            await app.StartAsync(shutdown.Drain);
            shutdown.IsStarting = false;
        }
        catch (StoreException unusable)
        {
            return options.Fail($"--store: {unusable.Message}");
        }
        catch (MessagingException unusable)
        {
            return options.Fail($"--broker: {unusable.Message}");
        }
        catch (TrustException unusable)
        {
            return options.Fail(unusable.Message);
        }
        catch (Exception cannotListen) when (cannotListen is IOException or SocketException)
        {
            // What it has bound already is free again only then.
            await app.DisposeAsync();
            return options.Fail(ListenFault.Find(cannotListen, ("--grpc", settings.Grpc), ("--http", settings.Http)));
        }
        catch (OperationCanceledException) when (shutdown.Drain.IsCancellationRequested)
        {
            return 0;
        }

        Announce.Listening("grpc", app.Grpc);
        Announce.Listening("http", app.Http);
        Announce.Ready();

        var fault = await Announce.FaultAsync(settings.Grpc, settings.Http);
        if (fault is null)
        {
            await shutdown.WaitAsync();
        }

        await app.StopAsync();
        return fault is null ? 0 : options.Fail(fault);
    }
}
