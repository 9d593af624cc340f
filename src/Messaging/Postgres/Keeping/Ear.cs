using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.Postgres.State;
using Mesh.Messaging.Postgres.Writing;
using Npgsql;

namespace Mesh.Messaging.Postgres.Keeping;

/// <summary>Hears what other engines tell, on a connection of its own; when that breaks, it connects again and looks at all that it may have missed.</summary>
internal sealed class Ear(Server server, Self self, Backlogs backlogs, Registry registry, Tail tail, Alarm alarm, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly HashSet<string> _heard = [];
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when it listens, or could not at first.</summary>
    public Task Begun => _tried.Task;

    public async Task RunAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(end).ConfigureAwait(false);
            }
            catch (Exception fault) when (Server.IsFault(fault) || fault is OperationCanceledException or InvalidOperationException)
            {
                // The server is away, as others find out and tell; or this is the end.
                _tried.TrySetResult();
                await Task.Delay(Pause, time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListenAsync(CancellationToken end)
    {
        var connection = await server.ConnectAsync(end).ConfigureAwait(false);
        try
        {
            connection.Notification += (_, said) => Hear(said);
            await new Batch(connection).Add($"LISTEN {Bell.Channel}").RunAsync().ConfigureAwait(false);
            await registry.RefreshAsync().ConfigureAwait(false);
            await tail.CatchUpAsync().ConfigureAwait(false);
            if (!_tried.TrySetResult())
            {
                WakeAll();
            }

            while (!end.IsCancellationRequested)
            {
                await connection.WaitAsync(end).ConfigureAwait(false);
                await ActAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Hear(NpgsqlNotificationEventArgs said)
    {
        var words = said.Payload.Split(' ');
        if (words[0] != $"{self.Id}")
        {
            _heard.UnionWith(words[1..]);
        }
    }

    private async Task ActAsync()
    {
        string[] words = [.. _heard];
        _heard.Clear();
        if (words.Contains("backlogs"))
        {
            await registry.RefreshAsync().ConfigureAwait(false);
        }

        if (words.Contains("events"))
        {
            await tail.CatchUpAsync().ConfigureAwait(false);
        }

        if (words.Contains("end"))
        {
            alarm.Ring();
        }

        foreach (var word in words)
        {
            if (long.TryParse(word, out var id))
            {
                backlogs.Find(id)?.Wake();
            }
        }
    }

    /// <summary>What was told meanwhile was not heard.</summary>
    private void WakeAll()
    {
        foreach (var backlog in backlogs.All)
        {
            backlog.Wake();
        }
    }
}
