using Mesh.Cli.Processes;

namespace Mesh.Cli.Demo;

/// <summary>What the fixed workload was to show, and whether it did. Each is printed as soon as it is known.</summary>
internal sealed class Expectations(TextWriter output)
{
    private readonly List<string> _broken = [];
    private readonly HashSet<ChildProcess> _concerned = [];

    public int Checked { get; private set; }

    public IReadOnlyList<string> Broken => _broken;

    /// <summary>The processes whose logs may tell why an expectation did not hold.</summary>
    public IReadOnlyCollection<ChildProcess> Concerned => _concerned;

    /// <param name="what">What was expected, in a few words.</param>
    /// <param name="held">Whether it is so.</param>
    /// <param name="figures">What was seen.</param>
    /// <param name="concerned">Whose logs to show if not.</param>
    public void Check(string what, bool held, string figures, params IEnumerable<ChildProcess> concerned)
    {
        Checked++;
        output.WriteLine($"{(held ? "✓" : "✗")} {what}: {figures}");
        if (!held)
        {
            _broken.Add($"{what}: {figures}");
            _concerned.UnionWith(concerned);
        }
    }
}
