using Grpc.Core;
using Mesh.ControlPlane.Api;
using Mesh.Messaging;
using Mesh.Messaging.Postgres;
using Mesh.Messaging.Sqlite;

namespace Mesh.ControlPlane.Broker;

/// <summary>
/// Owns the engine of events and queues. One in a named file or a database is opened at the start, so that what is wrong with it is said then; one of
/// the process's own when it is first used. Any thread.
/// </summary>
internal sealed class MessageBroker(BrokerOptions options, TimeProvider time, ILogger<MessageBroker> log) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private IMessageEngine? _engine;
    private string? _ownFile;

    /// <summary>The engine.</summary>
    /// <exception cref="RpcException">There is none here.</exception>
    public IMessageEngine Engine
    {
        get
        {
            if (options.IsOff)
            {
                throw Faults.Of(StatusCode.FailedPrecondition,
                    "this control plane keeps no events and queues: start the one that shall with --broker sqlite:PATH, or all with one postgres://…");
            }

            lock (_lock)
            {
                return _engine ??= Open();
            }
        }
    }

    /// <summary>The engine if it has been used.</summary>
    public IMessageEngine? Opened => Volatile.Read(ref _engine);

    /// <summary>What is taken.</summary>
    public MessagingLimits Limits => options.Limits;

    /// <summary>Opens what is kept.</summary>
    /// <exception cref="MessagingException">It cannot be opened.</exception>
    public async Task StartAsync()
    {
        if (options.Database is { } database)
        {
            Volatile.Write(ref _engine, await PostgresEngine.OpenAsync(database, new PostgresOptions { Limits = options.Limits }, time, Report));
        }
        else if (options.Path is not null)
        {
            _ = Engine;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
        {
            await _engine.DisposeAsync();
        }

        if (_ownFile is null)
        {
            return;
        }

        OwnFiles.Delete(_ownFile);
    }

    private SqliteEngine Open()
    {
        if (options.Path is null)
        {
            OwnFiles.DeleteThoseLeft(time.GetUtcNow());
            _ownFile = OwnFiles.Make();
            log.LogInformation("events and queues are kept as long as this process lives, in {File}; --broker sqlite:PATH keeps them longer", _ownFile);
        }

        return SqliteEngine.Open(
            options.Path ?? _ownFile!, new SqliteOptions { Limits = options.Limits }, time, Report);
    }

    private void Report(string line) => log.LogWarning("events and queues: {Line}", line);
}
