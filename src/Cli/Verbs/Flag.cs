using System.CommandLine;

namespace Mesh.Cli.Verbs;

/// <summary>An option without a value: on if it is there. With one it would take the argument that follows it.</summary>
internal sealed class Flag : Option<bool>
{
    public Flag(string name, string help)
        : base(name)
    {
        Description = help;
        Arity = ArgumentArity.Zero;
    }
}
