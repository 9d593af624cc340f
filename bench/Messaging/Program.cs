using System.CommandLine;
using Mesh.Bench.Messaging;

// Ctrl-C and SIGTERM cancel the run, which then ends what it started; ten seconds are ample for that.
return await MessagingCommand.Create().Parse(args).InvokeAsync(
    new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
