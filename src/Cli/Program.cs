using Mesh.Cli;
using Mesh.Hosting;

// When another of our programs started it; the processes that it starts itself watch it in turn.
ParentWatch.Start();
using var shutdown = new Shutdown();
return await Meshctl.RunAsync(args, Console.Out, Console.Error, shutdown.Drain);
