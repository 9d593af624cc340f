namespace Mesh.Cli.Processes;

/// <summary>A program that the CLI needs did not do its part.</summary>
internal sealed class ChildFailedException(ChildProcess child, string what) : Exception($"{child.Name} {what}")
{
    /// <summary>Whose log tells more.</summary>
    public ChildProcess Child { get; } = child;
}
