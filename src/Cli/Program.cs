using Mesh.Cli;
using Mesh.Hosting;

// When another of our programs started it; the processes that it starts itself watch it in turn.
ParentWatch.Start();
using var shutdown = new Shutdown();
try
{
    return await Meshctl.RunAsync(args, Console.Out, Console.Error, shutdown.Drain);
}
catch (IOException full)
{
    try
    {
        await Console.Error.WriteLineAsync($"meshctl: the output cannot be written: {full.Message}");
    }
    catch (IOException)
    {
        // It is stderr that takes nothing.
    }

    return 1;
}
