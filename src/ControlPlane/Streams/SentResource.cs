using Mesh.V1;

namespace Mesh.ControlPlane.Streams;

/// <summary>What one stream was sent of one resource, and what its sidecar made of it. Used under the stream's lock.</summary>
internal sealed class SentResource(ResourceKey key)
{
    /// <summary>Below every version.</summary>
    public const long None = -1;

    private bool _wasAbsent;
    private ulong _digest;
    private ulong? _repaired;

    public ResourceKey Key { get; } = key;

    /// <summary>The version sent last, or <see cref="None"/>.</summary>
    public long Version { get; private set; } = None;

    /// <summary>The version that the sidecar has from an earlier stream, or <see cref="None"/>.</summary>
    public long KnownVersion { get; private set; } = None;

    /// <summary>The response that holds what was sent last; null once it was answered.</summary>
    public SentResponse? Response { get; set; }

    /// <summary>Why the sidecar has rejected the last version it answered for; null if it has not.</summary>
    public string? Error { get; private set; }

    /// <summary>The version that it has rejected, where it has answered for that last; otherwise 0.</summary>
    public long Rejected { get; private set; }

    /// <summary>The rollout that the sidecar was asked to tell of calls for; null if none.</summary>
    public Rollout? Observed { get; set; }

    /// <summary>The version that the sidecar has applied last, or <see cref="None"/>.</summary>
    public long Applied { get; private set; } = None;

    /// <summary>Of what the sidecar has applied last, as it has said on this stream; null while it has not, or has rejected what was sent last.</summary>
    public ulong? AppliedDigest { get; private set; }

    /// <summary>Whether this is what was sent last.</summary>
    public bool Is(Resource state) => Version == state.Version && _wasAbsent == state.Absent;

    /// <summary>It is to be sent whatever was sent before.</summary>
    public void Renew(long knownVersion)
    {
        Version = None;
        KnownVersion = knownVersion;
        Applied = knownVersion;
    }

    public void OnSent(Resource state, ulong digest)
    {
        _digest = digest;
        Version = state.Version;
        _wasAbsent = state.Absent;
        KnownVersion = None;
    }

    public void OnAnswered(string? error)
    {
        Response = null;
        Error = error;
        Rejected = error is null ? 0 : Version;
        Applied = error is null ? Version : Applied;
        AppliedDigest = error is null ? _digest : null;
    }

    /// <summary>The sidecar says what it holds.</summary>
    /// <returns>Whether it is to be sent again: once, since one that says the same thereafter is not helped by more.</returns>
    public bool IsToBeRepaired(ulong? held)
    {
        if (Response is not null || AppliedDigest is not { } applied || held == applied)
        {
            _repaired = null;
            return false;
        }

        if (_repaired == applied)
        {
            return false;
        }

        _repaired = applied;
        Renew(None);
        return true;
    }
}
