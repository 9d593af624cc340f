using Mesh.Messaging.Delivering;
using Mesh.Messaging.Results;

namespace Mesh.Messaging.Postgres.State;

/// <summary>Claims that have not been answered yet, by who asks: who goes away has them too. Any thread.</summary>
internal sealed class Holders
{
    private readonly Dictionary<string, HashSet<Task>> _claims = [];

    public async Task<Outcome<Claimed>> WatchAsync(string holder, Task<Outcome<Claimed>> claim)
    {
        lock (_claims)
        {
            if (!_claims.TryGetValue(holder, out var his))
            {
                _claims.Add(holder, his = []);
            }

            his.Add(claim);
        }

        try
        {
            return await claim.ConfigureAwait(false);
        }
        finally
        {
            Forget(holder, claim);
        }
    }

    /// <summary>Completes when those have been answered that are under way.</summary>
    public Task SettledAsync(string holder)
    {
        lock (_claims)
        {
            return _claims.TryGetValue(holder, out var his) ? Task.WhenAll([.. his]) : Task.CompletedTask;
        }
    }

    private void Forget(string holder, Task claim)
    {
        lock (_claims)
        {
            if (_claims[holder] is var his && his.Remove(claim) && his.Count == 0)
            {
                _claims.Remove(holder);
            }
        }
    }
}
