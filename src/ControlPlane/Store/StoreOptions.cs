using Mesh.ControlPlane.Store.Etcd;

namespace Mesh.ControlPlane.Store;

/// <summary>Where what the control plane knows is kept, and how much of how it came about.</summary>
internal sealed record StoreOptions
{
    /// <summary>The file of the SQLite database; null if it is not kept in one.</summary>
    public string? Path { get; init; }

    /// <summary>The members of etcd; null if it is not kept there. Without either everything is kept in memory.</summary>
    public EtcdOptions? Etcd { get; init; }

    /// <summary>Revisions that the log has at least, from which watchers resume after a restart; default 10,000.</summary>
    public int LogRevisions { get; init; } = 10_000;

    /// <summary>Bytes of keys and values that the log holds about at most; default 64 MiB. The older revisions go first.</summary>
    public long LogBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>The most the file may take; null is as much as its disk has. For tests of a full disk.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>As the option is written: "memory", "sqlite:PATH" or "etcd:URL,URL".</summary>
    public override string ToString() => Path is not null ? $"sqlite:{Path}"
        : Etcd is not null ? "etcd:" + string.Join(',', Etcd.Members.Select(member => member.GetLeftPart(UriPartial.Authority)))
        : "memory";
}
