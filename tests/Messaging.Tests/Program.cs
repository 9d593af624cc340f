using Mesh.Messaging.Tests.Faults;
using Mesh.Messaging.Tests.Load;

// The test runner loads this assembly and does not start it; the tests start it, as the process that is killed or whose disk is full.
await (args[0] == "full" ? FullDiskProgram.RunAsync(args[1]) : LoadProgram.RunAsync(args));
