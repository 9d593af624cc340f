namespace Mesh.ControlPlane.Store;

/// <summary>
/// A name in the store that stands for one process, for as long as the store hears of it. What the process writes under
/// <see cref="Guard"/> is refused from the moment the store has given it up, whatever the process believes. Any thread.
/// </summary>
internal abstract class StoreSession(string name, long epoch) : IAsyncDisposable
{
    /// <summary>Unique among all that are alive.</summary>
    public string Name { get; } = name;

    /// <summary>The fencing token: of a session that was opened later it is higher.</summary>
    public long Epoch { get; } = epoch;

    /// <summary>Holds as long as the session is alive.</summary>
    public Precondition Guard => new(StoreKeys.Session(Name), Epoch);

    /// <summary>It is alive by the process's own clock, with some time to spare. Once it is not, it never is again.</summary>
    public abstract bool IsAlive { get; }

    /// <summary>Cancelled soon after it is alive no more.</summary>
    public abstract CancellationToken Lost { get; }

    /// <summary>Makes this session the one that does a job, if no other that is alive does.</summary>
    /// <param name="job">Its name.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <returns>The job's token, which holds until another session has the job; null if another has it.</returns>
    /// <exception cref="StoreException">It is not known who has it.</exception>
    public abstract Task<Precondition?> LeadAsync(string job, CancellationToken cancellation);

    /// <summary>Ends it, its jobs with it, within a bounded time.</summary>
    public abstract ValueTask DisposeAsync();
}
