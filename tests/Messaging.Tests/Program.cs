using Mesh.Messaging.Tests.Load;

// The test runner loads this assembly and does not start it; the tests start it as the process that is killed.
await LoadProgram.RunAsync(args);
