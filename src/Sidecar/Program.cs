using Mesh.Hosting;
using Mesh.Sidecar;

Stdio.Take();
ParentWatch.Start();
Provisions.Take();
using var shutdown = new Shutdown();
if (new SidecarOptionSet().Read(args, out var exitCode) is not { } options)
{
    return exitCode;
}

using var sidecar = new SidecarProcess(options, TimeProvider.System);
return await sidecar.RunAsync(shutdown);
