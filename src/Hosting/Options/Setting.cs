using System.CommandLine;

namespace Mesh.Hosting;

/// <summary>An option or argument as declared; the key to its value in <see cref="OptionValues"/>.</summary>
public abstract class Setting
{
    private protected Setting(string name, string? variable)
    {
        Name = name;
        Variable = variable;
    }

    /// <summary>As on the command line: <c>--grpc</c>, or an argument's <c>SERVICE</c>.</summary>
    public string Name { get; }

    /// <summary>The environment variable that stands in for it, <c>MESH_GRPC</c>; null for an argument.</summary>
    public string? Variable { get; }

    internal abstract Symbol Symbol { get; }

    /// <summary>Reads the texts given at <paramref name="source"/>; null texts mean that none is given.</summary>
    /// <returns>A fault, beginning with its place, or null.</returns>
    internal abstract string? Read(string source, IReadOnlyList<string>? texts, bool fromVariable, OptionValues into);
}

/// <summary>A setting whose value is a <typeparamref name="T"/>.</summary>
public abstract class Setting<T> : Setting
{
    private protected Setting(string name, string? variable)
        : base(name, variable)
    {
    }
}
