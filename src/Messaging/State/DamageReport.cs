namespace Mesh.Messaging.State;

/// <summary>What was found damaged, for whoever runs the engine. Any thread.</summary>
internal sealed class DamageReport(Action<string> report)
{
    private const int Most = 100;

    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>The same is said once.</summary>
    public void Add(string line)
    {
        lock (_lines)
        {
            if (_lines.Count >= Most || _lines.Contains(line))
            {
                return;
            }

            _lines.Add(line);
        }

        report(line);
    }
}
