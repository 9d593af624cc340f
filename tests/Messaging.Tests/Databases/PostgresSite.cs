using Mesh.Messaging.Postgres;
using Mesh.Messaging.Tests.Contract;

namespace Mesh.Messaging.Tests.Databases;

/// <summary>A database of its own on the server that the tests share, which goes with the test.</summary>
public sealed class PostgresSite : IEngineSite
{
    private readonly Lazy<string> _address = new(PostgresCluster.Shared.CreateDatabase);

    public string Address => _address.Value;

    /// <summary>What the engine has told whoever runs it.</summary>
    public List<string> Reports { get; } = [];

    public async Task<IMessageEngine> OpenAsync(TimeProvider time, MessagingLimits? limits = null) =>
        await PostgresEngine.OpenAsync(Address, new PostgresOptions { Limits = limits ?? new MessagingLimits() }, time, Report);

    public void Dispose() => PostgresCluster.Shared.DropDatabase(Address);

    private void Report(string line)
    {
        lock (Reports)
        {
            Reports.Add(line);
        }
    }
}
