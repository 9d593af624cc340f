namespace Mesh.Cli;

/// <summary>A verb cannot go on. Its message is the one line the user sees; the process ends with code 1.</summary>
internal sealed class CliException(string message) : Exception(message);
