namespace Mesh.Cli.Demo;

/// <summary>What has happened in the live demo, each with the time since it began. Thread safe; a few lines a run.</summary>
internal sealed class NewsFeed(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    public void Add(string news)
    {
        lock (_lock)
        {
            _lines.Add($"{LiveLines.Time(time.GetElapsedTime(_start))} {news}");
        }
    }
}
