using System.CommandLine;
using Mesh.Bench.Scale;

// Ctrl-C and SIGTERM cancel the run, which then ends what it started; ten seconds are ample for that.
return await ScaleCommand.Create().Parse(args).InvokeAsync(
    new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
