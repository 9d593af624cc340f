using System.Net;
using System.Net.Sockets;
using Mesh;
using Mesh.DemoServices.Server;
using Mesh.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

Stdio.Redirect();
ParentWatch.Start();
using var shutdown = new Shutdown(isService: true);
if (new DemoOptionSet().Read(args, out var exitCode) is not { } options)
{
    return exitCode;
}

await using var server = DemoServer.Build(options);
var listen = new HostPort(options.Listen.Address.ToString(), options.Listen.Port);
try
{
    await server.StartAsync(shutdown.Drain);
}
catch (Exception error) when (error is IOException or SocketException)
{
    await Console.Error.WriteLineAsync($"mesh-demo: {ListenFault.Find(error, ("--listen", listen))}");
    return 1;
}

foreach (var address in server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses)
{
    Announce.Listening(options.IsWeb ? "http" : "grpc", IPEndPoint.Parse(new Uri(address).Authority));
}

Announce.Ready();
var fault = await Announce.FaultAsync(listen);
if (fault is null)
{
    await shutdown.WaitAsync();
}

// Its health turns, connections get a GOAWAY or are closed, calls under way finish.
await server.StopAsync(CancellationToken.None);
if (fault is not null)
{
    await Console.Error.WriteLineAsync($"mesh-demo: {fault}");
    return 1;
}

return 0;
