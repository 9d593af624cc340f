using Mesh.Bench.Backend;
using Mesh.Hosting;

// The benchmark's backend: prints "listening backend HOST:PORT" and "ready"; answers each line on stdin with
// "answered N", the calls answered so far; ends with stdin or with its parent.
ParentWatch.Start();
using var server = BackendServer.Start("backend");
Announce.Listening("backend", server.Local);
Announce.Ready();
while (await Console.In.ReadLineAsync() is not null)
{
    Console.Out.WriteLine($"answered {await server.AnsweredAsync()}");
    Console.Out.Flush();
}
