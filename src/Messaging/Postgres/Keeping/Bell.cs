using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.Postgres.State;

namespace Mesh.Messaging.Postgres.Keeping;

/// <summary>Tells other engines what they may be waiting for, if there are any: all that has gathered in one notification.</summary>
internal sealed class Bell(Server server, Self self, Tidings tidings)
{
    public const string Channel = "mesh_messaging";

    private volatile bool _hasOthers = true;

    /// <summary>Whether somebody listens. Who comes later looks for himself.</summary>
    public bool HasOthers
    {
        get => _hasOthers;
        set => _hasOthers = value;
    }

    public async Task RunAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            var next = tidings.Next;
            while (tidings.Take() is { } words)
            {
                if (HasOthers)
                {
                    await TellAsync(words).ConfigureAwait(false);
                }
            }

            await next.WaitAsync(end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Nothing is lost with it that the others would not find: nobody waits for the disk.
    public Task TellAsync(string words) => server.RunAsync(async connection =>
    {
        await new Batch(connection).Add("BEGIN").Add("SET LOCAL synchronous_commit TO off")
            .Add("SELECT pg_notify($1, $2)::text", Batch.Of(Channel), Batch.Of($"{self.Id} {words}")).Add("COMMIT").RunAsync().ConfigureAwait(false);
        return true;
    });
}
