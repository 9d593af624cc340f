using Mesh.Hosting;
using Mesh.Sidecar;

ParentWatch.Start();
using var shutdown = new Shutdown();
if (new SidecarOptionSet().Read(args, out var exitCode) is not { } options)
{
    return exitCode;
}

return await new SidecarProcess(options, TimeProvider.System).RunAsync(shutdown);
