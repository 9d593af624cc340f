using BenchmarkDotNet.Running;

// dotnet run -c Release --project bench/Micro -- --filter '*' (or '*Hpack*'; --list flat; --job short)
// In this process: the projects that BenchmarkDotNet otherwise generates do not find their way in our folder of artifacts.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. args, "--inProcess"]);
