namespace Mesh.ControlPlane.Store;

/// <summary>
/// What outlives a change, and possibly the process: keys with values, and the log of how they came about, on one revision
/// clock. Revisions grow, may have gaps, and each is all that one batch has changed, or a few that were
/// made together. Any thread may call it.
/// </summary>
internal interface IStore : IAsyncDisposable
{
    /// <summary>Why it takes no writes at present, for people; null if it does, as far as is known.</summary>
    string? Fault { get; }

    /// <summary>Other processes may write to it as well.</summary>
    bool IsShared { get; }

    /// <summary>Everything at one revision.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    Task<StoreSnapshot> LoadAsync(CancellationToken cancellation);

    /// <summary>One key as it is now, or null if it is not there.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    Task<StoreEntry?> ReadAsync(string key, CancellationToken cancellation);

    /// <summary>
    /// Makes all of a batch's changes at one revision, if all its preconditions hold, and none otherwise. Completes when
    /// that cannot be lost any more. A batch whose id the log still has is not made again: its revision is the answer.
    /// </summary>
    /// <exception cref="StoreException">
    /// Nothing was changed; or, if the store is shared and became unreachable in the middle, that is not known.
    /// </exception>
    Task<AppendResult> AppendAsync(Batch batch);

    /// <summary>
    /// Tells of every revision after a given one, whole and in order, those the log has first, until it is disposed.
    /// Instead of what the log does not have it tells once that, and nothing more: <see cref="StoreEvent.Compacted"/>, or
    /// <see cref="StoreEvent.NewHistory"/> if the revision is of another history.
    /// </summary>
    /// <param name="storeId">Of the snapshot that <paramref name="after"/> comes from.</param>
    /// <param name="after">The last revision that is known.</param>
    /// <param name="onEvent">Called by one thread at a time, possibly the one that appends; must not wait.</param>
    IDisposable Watch(string storeId, long after, Action<StoreEvent> onEvent);

    /// <summary>Opens a session, which goes when nothing is heard of this process for some time.</summary>
    /// <param name="name">Unique; of a store that is not shared it may be that of an earlier process, which it then replaces.</param>
    /// <param name="value">What others are to know of this process.</param>
    /// <param name="ttl">How long the session outlives its process; a store that is not shared has no need of it.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="StoreException">It cannot be opened at present.</exception>
    Task<StoreSession> OpenSessionAsync(string name, byte[] value, TimeSpan ttl, CancellationToken cancellation);

    /// <summary>Forgets how the keys came to be as they are at a revision. The keys stay.</summary>
    Task CompactAsync(long before);

    /// <summary>
    /// Forgets of the log what is more than it has to keep. Done now and then by the process that leads, with its token; a
    /// store that is not shared does so by itself.
    /// </summary>
    /// <exception cref="StoreException">It cannot be done at present.</exception>
    Task RetainAsync(Precondition token);
}
