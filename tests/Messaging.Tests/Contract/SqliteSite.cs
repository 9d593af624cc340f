using Mesh.Messaging.Sqlite;

namespace Mesh.Messaging.Tests.Contract;

/// <summary>A file in a folder of its own, which goes with the test.</summary>
public sealed class SqliteSite : IEngineSite
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-messages-");

    /// <summary>Of the file.</summary>
    public string File => Path.Combine(_folder.FullName, "messages.db");

    /// <summary>What the engine has told whoever runs it.</summary>
    public List<string> Reports { get; } = [];

    public IMessageEngine Open(TimeProvider time, MessagingLimits? limits = null) =>
        SqliteEngine.Open(File, new SqliteOptions { Limits = limits ?? new MessagingLimits() }, time, Report);

    public Task<IMessageEngine> OpenAsync(TimeProvider time, MessagingLimits? limits = null) => Task.FromResult(Open(time, limits));

    public void Dispose() => _folder.Delete(recursive: true);

    private void Report(string line)
    {
        lock (Reports)
        {
            Reports.Add(line);
        }
    }
}
