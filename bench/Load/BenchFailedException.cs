namespace Mesh.Bench.Load;

/// <summary>The run cannot go on; the message says why, in a line a person can act on.</summary>
internal sealed class BenchFailedException(string message) : Exception(message);
