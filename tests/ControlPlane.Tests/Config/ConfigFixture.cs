using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Tests.Store;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.ControlPlane.Tests.Config;

/// <summary>A store in memory, and the configuration of one process after the other that keep theirs in it.</summary>
internal sealed class ConfigFixture : IDisposable
{
    private readonly List<JournalFixture> _journals = [];

    public ConfigFixture() => Store = new MemoryStore(Time);

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public MemoryStore Store { get; }

    /// <summary>The names of the resources that have changed in any of them, in order.</summary>
    public List<string> Changed { get; } = [];

    /// <summary>The store's, as the last one knows it.</summary>
    public long Revision => _journals[^1].Journal.Identity.Revision;

    /// <summary>As a process does that begins.</summary>
    public ConfigResources Open(HistoryBounds? bounds = null)
    {
        var journal = new JournalFixture(Store);
        _journals.Add(journal);
        var configs = new ConfigResources(Time, journal.Journal, journal.Replica, bounds ?? new HistoryBounds(), NullLogger<ConfigResources>.Instance)
        {
            Changed = (_, name) => Changed.Add(name),
        };
        journal.Start();
        return configs;
    }

    /// <summary>All that were opened have ended.</summary>
    public void CloseAll() => _journals.ForEach(journal => journal.Dispose());

    public void Dispose() => CloseAll();
}
