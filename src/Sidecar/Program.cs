using Mesh.Hosting;
using Mesh.Sidecar;

Stdio.Redirect();
if (args is [ProbeVerb.Name, .. var rest])
{
    return ProbeVerb.Run(rest); // with nothing begun that it does not need: it runs every few seconds
}

ParentWatch.Start();
Provisions.LayIn();
using var shutdown = new Shutdown(isService: true) { IsStarting = true };
if (new SidecarOptionSet().Read(args, out var exitCode) is not { } options)
{
    return exitCode;
}

using var sidecar = new SidecarProcess(options, TimeProvider.System);
return await sidecar.RunAsync(shutdown);
