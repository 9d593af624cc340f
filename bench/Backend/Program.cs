using System.Net;
using Mesh.Bench.Backend;
using Mesh.Hosting;

// The benchmark's backend: prints "listening backend HOST:PORT" and "ready"; answers each line on stdin with
// "answered N", the calls answered so far; ends with stdin or with its parent. With HOST:PORT as its argument it listens there, and ends
// when it is told to, as an app does.
ParentWatch.Start();
using var server = BackendServer.Start("backend", args is [var address] ? IPEndPoint.Parse(address) : null);
Announce.Listening("backend", server.Local);
Announce.Ready();
if (args.Length > 0)
{
    await Task.Delay(Timeout.Infinite);
}

while (await Console.In.ReadLineAsync() is not null)
{
    Console.Out.WriteLine($"answered {await server.AnsweredAsync()}");
    Console.Out.Flush();
}
