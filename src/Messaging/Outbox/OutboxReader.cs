using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.Results;
using Npgsql;

namespace Mesh.Messaging.Outbox;

/// <summary>
/// Publishes what an app has put into the outbox of its own database, in the order of its numbers, and marks it. Several readers may share an outbox: one at a
/// time publishes, so that the order holds, and when it dies another one goes on. What was published and not marked is published again, under its id.
/// </summary>
/// <remarks>
/// A row is found whenever its transaction commits, however late: those that wait are asked for, not those behind the last one. Where one transaction has
/// seen what another one did, its rows come later: it was committed before.
/// </remarks>
public sealed class OutboxReader : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly OutboxOptions _options;
    private readonly Func<OutboxRow, CancellationToken, Task<Refusal?>> _publish;
    private readonly TimeProvider _time;
    private readonly Action<string> _report;
    private readonly string _name;
    private string? _fault;

    /// <param name="address">Of the app's database: postgres://USER:PASSWORD@HOST:PORT/DATABASE.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="publish">
    /// Publishes a row under its id, and says why not: <see cref="RefusalKind.InvalidArgument"/> for what never can be, which the row is marked with, and the
    /// next one's turn comes; anything else is tried again, and those behind it wait.
    /// </param>
    /// <param name="time">By which it pauses.</param>
    /// <param name="report">Told in one line what is wrong, and when it is well again.</param>
    /// <exception cref="MessagingException">It is no address.</exception>
    public OutboxReader(
        string address, OutboxOptions options, Func<OutboxRow, CancellationToken, Task<Refusal?>> publish, TimeProvider time, Action<string> report)
    {
        var settings = PostgresAddress.Parse(address);
        _name = PostgresAddress.NameOf(settings);
        settings.MaxPoolSize = 2;
        settings.ApplicationName ??= "mesh outbox";
        var builder = new NpgsqlSlimDataSourceBuilder(settings.ConnectionString);
        builder.EnableArrays();
        builder.EnableTransportSecurity();
        _source = builder.Build();
        (_options, _publish, _time, _report) = (options, publish, time, report);
    }

    /// <summary>Null while all goes well; else what is wrong, in one line.</summary>
    public string? Fault => Volatile.Read(ref _fault);

    /// <summary>Publishes until it is told to end.</summary>
    public async Task RunAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            var pause = await PassAsync(end).ConfigureAwait(false);
            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, _time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _source.DisposeAsync();

    /// <returns>How long to wait for the next.</returns>
    private async Task<TimeSpan> PassAsync(CancellationToken end)
    {
        NpgsqlConnection? connection = null;
        try
        {
            connection = await _source.OpenConnectionAsync(end).ConfigureAwait(false);
            return await PassAsync(connection, end).ConfigureAwait(false);
        }
        catch (Exception fault) when (Server.IsFault(fault))
        {
            Set(fault is PostgresException { SqlState: PostgresErrorCodes.UndefinedTable }
                ? $"{_name}: there is no table mesh_outbox; make it with deploy/mesh_outbox.sql"
                : $"{_name}: {(fault.InnerException ?? fault).Message.ReplaceLineEndings(" ")}");
            return _options.Retry;
        }
        catch (OperationCanceledException)
        {
            return TimeSpan.Zero;
        }
        finally
        {
            if (connection is not null)
            {
                // A transaction that is still open comes to nothing with it.
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<TimeSpan> PassAsync(NpgsqlConnection connection, CancellationToken end)
    {
        if (await OutboxTable.TakeAsync(connection, _options.Batch).ConfigureAwait(false) is not { } rows)
        {
            await new Batch(connection).Add("COMMIT").RunAsync().ConfigureAwait(false);
            return _options.Retry;
        }

        var (published, errors, later) = (new List<Guid>(), new Dictionary<Guid, string>(), (Refusal?)null);
        foreach (var (id, row) in rows)
        {
            if (end.IsCancellationRequested || later is not null)
            {
                break;
            }

            switch (await _publish(row, end).ConfigureAwait(false))
            {
                case null:
                    published.Add(id);
                    break;
                case { Kind: RefusalKind.InvalidArgument } never:
                    errors.Add(id, never.Message);
                    _report($"{_name}: row {id} of mesh_outbox cannot be published: {never.Message}");
                    break;
                case var refusal:
                    later = refusal;
                    break;
            }
        }

        await OutboxTable.MarkAsync(connection, [.. published], errors).ConfigureAwait(false);
        if (later is not null)
        {
            Set($"{_name}: what is in mesh_outbox waits: {later.Message}");
            return _options.Retry;
        }

        Set(null);
        await OutboxTable.CleanAsync(connection, _options.Keep, _options.Batch * 2).ConfigureAwait(false);
        return rows.Count < _options.Batch ? _options.Pause : TimeSpan.Zero;
    }

    private void Set(string? fault)
    {
        if (fault != _fault)
        {
            Volatile.Write(ref _fault, fault);
            _report(fault ?? $"{_name}: mesh_outbox is published again");
        }
    }
}
