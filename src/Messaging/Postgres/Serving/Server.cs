using System.Net.Sockets;
using Mesh.Messaging.Results;
using Npgsql;

namespace Mesh.Messaging.Postgres.Serving;

/// <summary>
/// The connections to the database: a bounded number for all who ask, each of whom has one for the length of a transaction. What goes wrong with
/// the server becomes a <see cref="Refusal"/> here, and a line for whoever runs the engine.
/// </summary>
internal sealed class Server : IAsyncDisposable
{
    // A transaction that another one has run into is made again so often.
    private const int Tries = 4;

    // Nobody holds a lock for as long as that but who has stalled; the server ends him.
    private const string Settings =
        "-c idle_in_transaction_session_timeout=10s -c lock_timeout=20s -c statement_timeout=60s -c enable_seqscan=off -c jit=off -c client_min_messages=error";

    private readonly NpgsqlDataSource _source;
    private readonly SemaphoreSlim _free;
    private readonly Action<string> _report;
    private volatile string? _fault;
    private volatile Refusal? _forbidden;

    public Server(NpgsqlConnectionStringBuilder settings, int maxConnections, Action<string> report)
    {
        Name = PostgresAddress.NameOf(settings);
        _report = report;
        _free = new SemaphoreSlim(maxConnections);
        var own = new NpgsqlConnectionStringBuilder(settings.ConnectionString)
        {
            SearchPath = PostgresAddress.Schema,
            Options = Settings,
            MaxPoolSize = maxConnections + 2,
            NoResetOnClose = true,
            MaxAutoPrepare = 100,
            AutoPrepareMinUsages = 2,
            KeepAlive = 10,
            TcpKeepAlive = true,
            Timeout = 10,
            CommandTimeout = 90,
            ApplicationName = settings.ApplicationName ?? "mesh messages",
        };
        var builder = new NpgsqlSlimDataSourceBuilder(own.ConnectionString);
        builder.EnableArrays();
        builder.EnableTransportSecurity();
        _source = builder.Build();
    }

    public string Name { get; }

    /// <summary>Null while transactions come to their end.</summary>
    public string? Fault => _fault;

    /// <summary>Null unless what it commits is not safe any more: nothing may be published.</summary>
    public Refusal? WhyForbidden => _forbidden;

    /// <summary>Called when a fault is found.</summary>
    public Action OnFault { get; set; } = () => { };

    /// <summary>A connection beside those for transactions, for who stays; the caller's.</summary>
    public async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellation) =>
        await _source.OpenConnectionAsync(cancellation).ConfigureAwait(false);

    /// <summary>Runs a transaction, or what of one connection is wanted.</summary>
    /// <param name="action">May run again from its beginning, if another transaction was in its way. It leaves no transaction open.</param>
    /// <returns>What it gives; or why not. If the connection broke while it committed, it may have been done.</returns>
    public async Task<Outcome<T>> RunAsync<T>(Func<NpgsqlConnection, Task<T>> action)
    {
        await _free.WaitAsync().ConfigureAwait(false);
        try
        {
            for (var left = Tries; ; left--)
            {
                var (outcome, again) = await TryAsync(action).ConfigureAwait(false);
                if (!again || left == 1)
                {
                    return outcome;
                }
            }
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Somebody has set the server to what is not safe; null: it is again.</summary>
    public void Forbid(string? why)
    {
        _forbidden = why is null ? null : new Refusal(RefusalKind.Unavailable, why);
        if (why is not null)
        {
            Set(why);
        }
    }

    /// <summary>It cannot keep what it is given, whatever single transactions say; null: it can again.</summary>
    public void Set(string? fault)
    {
        if (fault != _fault)
        {
            _fault = fault;
            _report(fault ?? $"{Name}: takes messages again");
            if (fault is not null)
            {
                OnFault();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync().ConfigureAwait(false);
        _free.Dispose();
    }

    /// <summary>What went wrong, in one line.</summary>
    public string Describe(Exception fault) => $"{Name}: {Reason(fault).ReplaceLineEndings(" ")}";

    public static bool IsFault(Exception fault) => fault is NpgsqlException or SocketException or IOException or TimeoutException;

    private async Task<(Outcome<T> Outcome, bool Again)> TryAsync<T>(Func<NpgsqlConnection, Task<T>> action)
    {
        NpgsqlConnection? connection = null;
        try
        {
            connection = await _source.OpenConnectionAsync().ConfigureAwait(false);
            return (await action(connection).ConfigureAwait(false), false);
        }
        catch (Exception fault) when (IsFault(fault))
        {
            await RollBackAsync(connection).ConfigureAwait(false);
            var isInTheWay = fault is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure };
            return (RefusalOf(fault), isInTheWay);
        }
        finally
        {
            if (connection is not null)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static async Task RollBackAsync(NpgsqlConnection? connection)
    {
        try
        {
            if (connection is { State: System.Data.ConnectionState.Open })
            {
                var command = connection.CreateCommand();
                command.CommandText = "ROLLBACK";
                await command.ExecuteNonQueryAsync().ConfigureAwait(false);
                await command.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception fault) when (IsFault(fault))
        {
            // With the connection the server has done it itself.
        }
    }

    private Refusal RefusalOf(Exception fault)
    {
        var why = Describe(fault);
        switch (fault)
        {
            case PostgresException { SqlState: PostgresErrorCodes.DiskFull or PostgresErrorCodes.OutOfMemory or PostgresErrorCodes.ConfigurationLimitExceeded }:
                Set(why);
                return new Refusal(RefusalKind.ResourceExhausted, $"{why}: nothing more is published until there is room");
            case PostgresException { SqlState: PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted }:
                Set(why);
                return new Refusal(RefusalKind.DataLoss, why);
            case PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled }:
                return new Refusal(RefusalKind.Unavailable, $"{why}; try again");
            case PostgresException said when said.SqlState[..2] is not ("08" or "25" or "53" or "57" or "58" or "XX"):
                // It is about this request, whatever others may do.
                _report(why);
                return new Refusal(RefusalKind.Unavailable, why);
            default:
                Set(why);
                return new Refusal(RefusalKind.Unavailable, why);
        }
    }

    private static string Reason(Exception fault) => fault switch
    {
        PostgresException said => $"{said.MessageText} ({said.SqlState})",
        { InnerException: { } inner } => inner.Message,
        _ => fault.Message,
    };
}
