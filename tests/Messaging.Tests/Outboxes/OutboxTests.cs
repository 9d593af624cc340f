using System.Collections.Concurrent;
using System.Text;
using Mesh.Messaging.Outbox;
using Mesh.Messaging.Results;
using Mesh.Messaging.Tests.Databases;
using Mesh.Tests;
using Npgsql;

namespace Mesh.Messaging.Tests.Outboxes;

public sealed class OutboxTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<OutboxRow> _published = new();
    private readonly ConcurrentQueue<string> _reports = new();
    private readonly CancellationTokenSource _end = new();
    private readonly List<(OutboxReader Reader, Task Running)> _readers = [];
    private string? _address;
    private Func<OutboxRow, Refusal?> _answer = _ => null;

    private string Address => _address!;

    public Task InitializeAsync()
    {
        _address = PostgresCluster.WhyNot is null ? PostgresCluster.Shared.CreateDatabase() : "";
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _end.CancelAsync();
        foreach (var (reader, running) in _readers)
        {
            await running;
            await reader.DisposeAsync();
        }

        if (Address.Length > 0)
        {
            PostgresCluster.Shared.DropDatabase(Address);
        }

        _end.Dispose();
    }

    [PostgresFact]
    public async Task What_an_app_commits_is_published_once_in_order_and_what_it_rolls_back_is_not()
    {
        MakeTable();
        Execute("INSERT INTO mesh_outbox (type, subject, ordering_key, correlation_id, attributes, data) VALUES ('order.created', '42', 'k', 'c', '{\"datacontenttype\": \"text/plain\"}', 'one')");
        Execute("BEGIN; INSERT INTO mesh_outbox (type, data) VALUES ('never', 'never'); ROLLBACK");
        Execute("INSERT INTO mesh_outbox (queue, data) SELECT 'email', i::text::bytea FROM generate_series(1, 250) i");
        Read();
        await UntilAsync(() => _published.Count == 251);
        var first = _published.First();
        Assert.Equal((null, "order.created", "42", "k", "c"), (first.Queue, first.Message.Type, first.Message.Subject, first.Message.OrderingKey, first.Message.CorrelationId));
        Assert.Equal([new("datacontenttype", "text/plain")], first.Message.Attributes);
        Assert.True(Guid.TryParse(first.Message.Id, out _));
        Assert.Equal(["one", .. Enumerable.Range(1, 250).Select(i => $"{i}")], _published.Select(TextOf));
        Assert.Equal("email", _published.Last().Queue);
        await UntilAsync(() => Count("published_at IS NULL") == 0);
    }

    [PostgresFact]
    public async Task A_transaction_that_commits_late_is_not_skipped()
    {
        MakeTable();
        await using var late = new NpgsqlConnection(PostgresCluster.StringOf(Address));
        await late.OpenAsync();
        await using var transaction = await late.BeginTransactionAsync();
        await using (var insert = new NpgsqlCommand("INSERT INTO public.mesh_outbox (type, data) VALUES ('t', 'late')", late))
        {
            await insert.ExecuteNonQueryAsync();
        }

        Execute("INSERT INTO mesh_outbox (type, data) VALUES ('t', 'early')");
        Read();
        await UntilAsync(() => _published.Count == 1);
        await transaction.CommitAsync();
        await UntilAsync(() => _published.Count == 2);
        Assert.Equal(["early", "late"], _published.Select(TextOf));
    }

    [PostgresFact]
    public async Task What_can_never_be_published_is_marked_and_lets_others_go_and_what_cannot_now_holds_them_up()
    {
        MakeTable();
        var isAway = true;
        _answer = row => TextOf(row) switch
        {
            "bad" => new Refusal(RefusalKind.InvalidArgument, "it has no sense"),
            "2" when isAway => new Refusal(RefusalKind.Unavailable, "the mesh is away"),
            _ => null,
        };
        Execute("INSERT INTO mesh_outbox (type, data) VALUES ('t', 'bad'), ('t', '1'), ('t', '2'), ('t', '3')");
        var reader = Read();
        await UntilAsync(() => reader.Fault is not null);
        Assert.Contains("the mesh is away", reader.Fault, StringComparison.Ordinal);
        Assert.Equal(1, Count("error = 'it has no sense'"));
        Assert.Equal(["1"], _published.Select(TextOf));
        isAway = false;
        await UntilAsync(() => _published.Count == 3);
        Assert.Equal(["1", "2", "3"], _published.Select(TextOf));
        await UntilAsync(() => reader.Fault is null);
    }

    [PostgresFact]
    public async Task Two_readers_publish_each_row_once_and_keep_the_order()
    {
        MakeTable();
        Read();
        Read();
        for (var i = 0; i < 20; i++)
        {
            Execute($"INSERT INTO mesh_outbox (type, data) SELECT 't', ({i} * 30 + i)::text::bytea FROM generate_series(0, 29) i");
        }

        await UntilAsync(() => Count("published_at IS NULL") == 0);
        Assert.Equal(Enumerable.Range(0, 600).Select(i => $"{i}"), _published.Select(TextOf));
    }

    [PostgresFact]
    public async Task What_was_published_goes_after_a_while()
    {
        MakeTable();
        Execute("INSERT INTO mesh_outbox (type, published_at) VALUES ('t', now() - interval '25 h'), ('t', now() - interval '23 h')");
        Read();
        await UntilAsync(() => Count("true") == 1);
    }

    [PostgresFact]
    public async Task A_database_without_the_table_is_told_what_to_do_and_found_when_it_is_there()
    {
        var reader = Read();
        await UntilAsync(() => reader.Fault is not null);
        Assert.Contains("deploy/mesh_outbox.sql", reader.Fault, StringComparison.Ordinal);
        MakeTable();
        Execute("INSERT INTO mesh_outbox (type) VALUES ('t')");
        await UntilAsync(() => _published.Count == 1);
    }

    private OutboxReader Read()
    {
        var options = new OutboxOptions { Pause = TimeSpan.FromMilliseconds(10), Retry = TimeSpan.FromMilliseconds(20) };
        var reader = new OutboxReader(Address, options, (row, _) => Task.FromResult(Publish(row)), TimeProvider.System, _reports.Enqueue);
        _readers.Add((reader, reader.RunAsync(_end.Token)));
        return reader;
    }

    private Refusal? Publish(OutboxRow row)
    {
        var refusal = _answer(row);
        if (refusal is null)
        {
            _published.Enqueue(row);
        }

        return refusal;
    }

    // As the file says, run twice: it does no harm.
    private void MakeTable()
    {
        var text = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy", "mesh_outbox.sql"));
        Execute(text);
        Execute(text);
    }

    private void Execute(string statement) => PostgresCluster.Execute(Address, $"SET search_path TO public; {statement}");

    private long Count(string condition)
    {
        using var connection = new NpgsqlConnection(PostgresCluster.StringOf(Address));
        connection.Open();
        using var command = new NpgsqlCommand($"SELECT count(*) FROM public.mesh_outbox WHERE {condition}", connection);
        return (long)command.ExecuteScalar()!;
    }

    private static string TextOf(OutboxRow row) => Encoding.UTF8.GetString(row.Message.Data.Span);

    private static Task UntilAsync(Func<bool> condition) => Condition.HoldsAsync(() => Task.FromResult(condition()), () => "as expected", Limit);
}
