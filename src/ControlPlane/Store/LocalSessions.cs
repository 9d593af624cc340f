namespace Mesh.ControlPlane.Store;

/// <summary>
/// Sessions of a store that one process has alone: they are never lost, and end with their process. One that an earlier process
/// has left behind is replaced by that of the same name. Any thread.
/// </summary>
internal sealed class LocalSessions(IStore store)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (LocalSession Session, Task<Precondition?> Token)> _jobs = new(StringComparer.Ordinal);

    public async Task<StoreSession> OpenAsync(string name, byte[] value)
    {
        var made = await store.AppendAsync(Batch.Of([], [new StoreChange(StoreKeys.Session(name), value)]));
        return new LocalSession(this, name, made.Revision);
    }

    private Task<Precondition?> LeadAsync(LocalSession session, string job)
    {
        lock (_lock)
        {
            if (!session.IsAlive || (_jobs.TryGetValue(job, out var held) && held.Session != session))
            {
                return Task.FromResult<Precondition?>(null);
            }

            if (held.Token is not null && !held.Token.IsFaulted)
            {
                return held.Token;
            }

            var token = AcquireAsync(session, job);
            _jobs[job] = (session, token);
            return token;
        }
    }

    private async Task<Precondition?> AcquireAsync(LocalSession session, string job)
    {
        var key = StoreKeys.Job(job);
        var made = await store.AppendAsync(Batch.Of([session.Guard], [new StoreChange(key, System.Text.Encoding.UTF8.GetBytes(session.Name))]));
        return made.IsApplied ? new Precondition(key, made.Revision) : null;
    }

    private async Task CloseAsync(LocalSession session)
    {
        List<string> jobs;
        lock (_lock)
        {
            jobs = [.. _jobs.Where(job => job.Value.Session == session).Select(job => job.Key)];
            jobs.ForEach(job => _jobs.Remove(job));
        }

        try
        {
            await store.AppendAsync(Batch.Of(
                [session.Guard], [new StoreChange(StoreKeys.Session(session.Name), null), .. jobs.Select(job => new StoreChange(StoreKeys.Job(job), null))]));
        }
        catch (StoreException)
        {
            // The next process replaces it.
        }
    }

    private sealed class LocalSession(LocalSessions all, string name, long epoch) : StoreSession(name, epoch)
    {
        private readonly CancellationTokenSource _lost = new();

        public override bool IsAlive => !_lost.IsCancellationRequested;

        public override CancellationToken Lost => _lost.Token;

        public override Task<Precondition?> LeadAsync(string job, CancellationToken cancellation) => all.LeadAsync(this, job);

        public override async ValueTask DisposeAsync()
        {
            if (_lost.IsCancellationRequested)
            {
                return;
            }

            await _lost.CancelAsync();
            await all.CloseAsync(this);
        }
    }
}
