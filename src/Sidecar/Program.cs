using Mesh.Hosting;
using Mesh.Sidecar;
using Mesh.Sidecar.Exec;

Stdio.Redirect();
if (args is [ProbeVerb.Name, .. var rest])
{
    return ProbeVerb.Run(rest); // with nothing begun that it does not need: it runs every few seconds
}

ParentWatch.Start();
Provisions.LayIn();
using var shutdown = new Shutdown(isService: true) { IsStarting = true };
ExecVerb.Part(ref args, out var command, out var fault);
if (fault is not null)
{
    Console.Error.WriteLine($"mesh-sidecar: {fault}");
    return OptionSet.UsageError;
}

if (new SidecarOptionSet().Read(args, out var exitCode) is not { } options)
{
    return exitCode;
}

using var sidecar = new SidecarProcess(options with { Command = command }, TimeProvider.System);
return await sidecar.RunAsync(shutdown);
