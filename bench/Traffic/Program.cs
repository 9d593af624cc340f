using System.CommandLine;
using Mesh.Bench.Traffic;

// Ctrl-C and SIGTERM cancel a rolling restart, which then ends what it has started; ten seconds are ample for that.
return await TrafficCommand.Create().Parse(args).InvokeAsync(
    new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
