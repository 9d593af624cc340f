using Mesh.Cli;
using Mesh.Hosting;

var closed = Stdio.Open();
// When another of our programs started it; the processes that it starts itself watch it in turn.
ParentWatch.Start();
using var shutdown = new Shutdown();
try
{
    return closed is null
        ? await Meshctl.RunAsync(args, Console.Out, Console.Error, shutdown.Drain)
        : throw new IOException(closed);
}
catch (IOException gone) when (Stdio.IsReaderGone(gone))
{
    return 141; // as shells tell of a program that SIGPIPE ended: `meshctl watch | head -1`
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
