namespace Mesh.Integration.Processes;

/// <summary>A program did not do its part; the message shows what it printed.</summary>
public sealed class ProcessFailedException(string message) : Exception(message);
