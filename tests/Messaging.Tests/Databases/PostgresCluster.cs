using System.Diagnostics;
using Npgsql;

namespace Mesh.Messaging.Tests.Databases;

/// <summary>
/// A PostgreSQL server of the distribution in a folder of its own, reached by a socket there. Its parent is a shell that ends it when this process is
/// gone, however it goes.
/// </summary>
public sealed class PostgresCluster : IDisposable
{
    private const string Account = "postgres";
    private const string Database = "postgres";

    // The shell waits for a line, and the server goes on later; or for the end of its input, and all of it goes.
    private const string Watch = """
        folder=$1; shift; "$@" & server=$!
        read -r line; kill -QUIT $server 2>/dev/null; wait $server
        [ -n "$line" ] || rm -rf "$folder"
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly Lazy<PostgresCluster> Default = new(() => Start());

    private readonly DirectoryInfo _folder;
    private readonly string[] _settings;
    private Process? _shell;
    private int _databases;

    private PostgresCluster(string[] settings)
    {
        _settings = settings;
        _folder = Directory.CreateTempSubdirectory("mesh-pg-");
        if (Environment.IsPrivilegedProcess)
        {
            Run("chown", Account, _folder.FullName);
        }

        // It syncs in what follows; while it is made nothing is lost.
        RunAsAccount(Program("initdb"), "-D", Data, "-A", "trust", "-U", "mesh", "-E", "UTF8", "--locale=C", "--no-sync");
        Begin();
    }

    /// <summary>Null if there is one to be started.</summary>
    public static string? WhyNot => File.Exists(Program("initdb")) ? null : "there is no PostgreSQL server here: install postgresql";

    /// <summary>For all tests that do it no harm.</summary>
    public static PostgresCluster Shared => Default.Value;

    private string Data => Path.Combine(_folder.FullName, "data");

    /// <param name="settings">As of <c>postgresql.conf</c>, each NAME=VALUE.</param>
    public static PostgresCluster Start(params string[] settings) => new(settings);

    /// <summary>A new database.</summary>
    /// <returns>Its address.</returns>
    public string CreateDatabase()
    {
        var name = $"test{Interlocked.Increment(ref _databases)}";
        Execute(Address(Database), $"CREATE DATABASE {name}");
        return Address(name);
    }

    public void DropDatabase(string address) => Execute(Address(Database), $"DROP DATABASE IF EXISTS {address.Split('/', '?')[3]} WITH (FORCE)");

    /// <summary>Runs a statement on a database.</summary>
    public static void Execute(string address, string statement)
    {
        using var connection = new NpgsqlConnection(StringOf(address));
        connection.Open();
        using var command = new NpgsqlCommand(statement, connection);
        command.ExecuteNonQuery();
    }

    /// <summary>What Npgsql calls an address.</summary>
    public static string StringOf(string address)
    {
        var settings = Postgres.Serving.PostgresAddress.Parse(address);
        settings.Pooling = false;
        settings.SearchPath = Postgres.Serving.PostgresAddress.Schema;
        return settings.ConnectionString;
    }

    /// <summary>Ends the server and all its processes as a crash does, and starts it again.</summary>
    public void Crash()
    {
        var server = int.Parse(File.ReadLines(Path.Combine(Data, "postmaster.pid")).First(), null);
        var all = ChildrenOf(server).Append(server).ToList();
        all.ForEach(Kill);
        _shell!.StandardInput.WriteLine("later");
        _shell.WaitForExit();
        _shell.Dispose();
        Begin();
    }

    /// <summary>Ends one of the server's processes that work for somebody, which makes it begin anew by itself.</summary>
    public void KillBackend(Random random)
    {
        var server = int.Parse(File.ReadLines(Path.Combine(Data, "postmaster.pid")).First(), null);
        var backends = ChildrenOf(server).Where(IsBackend).ToList();
        if (backends.Count > 0)
        {
            Kill(backends[random.Next(backends.Count)]);
        }
    }

    public void Dispose()
    {
        _shell?.StandardInput.Close();
        _shell?.WaitForExit();
        _shell?.Dispose();
    }

    private void Begin()
    {
        // Kept small: there are others on the machine.
        string[] settings =
        [
            $"unix_socket_directories={_folder.FullName}", "listen_addresses=", "shared_buffers=64MB", "max_connections=300", "logging_collector=off",
            "log_destination=stderr", "autovacuum_naptime=5s", .. _settings,
        ];
        string[] server = [Program("postgres"), "-D", Data, .. settings.SelectMany(setting => new[] { "-c", setting })];
        _shell = Process.Start(new ProcessStartInfo(AsAccount()[0], [.. AsAccount()[1..], "sh", "-c", Watch, "sh", _folder.FullName, .. server])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _shell.ErrorDataReceived += (_, _) => { };
        _shell.BeginErrorReadLine();
        WaitUntilReady();
    }

    private void WaitUntilReady()
    {
        var begin = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                Execute(Address(Database), "SELECT 1");
                return;
            }
            catch (NpgsqlException) when (begin.Elapsed < Limit)
            {
                // It is not there yet, or recovers; a connection attempt takes a moment itself.
                Thread.Yield();
            }
        }
    }

    private string Address(string database) => $"postgres://mesh@localhost/{database}?host={Uri.EscapeDataString(_folder.FullName)}";

    // Debian keeps them apart by version, and out of the path.
    private static string Program(string name)
    {
        const string versions = "/usr/lib/postgresql";
        var newest = Directory.Exists(versions) ? Directory.GetDirectories(versions).MaxBy(folder => int.TryParse(Path.GetFileName(folder), out var version) ? version : 0) : null;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Prepend(newest is null ? "" : Path.Combine(newest, "bin"));
        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists) ?? name;
    }

    // The server's programs refuse to run as root.
    private static string[] AsAccount() => Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={Account}", $"--regid={Account}", "--clear-groups"] : ["env"];

    private void RunAsAccount(params string[] command) => Run(AsAccount()[0], [.. AsAccount()[1..], .. command]);

    private void Run(string program, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder.FullName })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', args)}: {error} {output.IsCompleted}");
        }
    }

    private static List<int> ChildrenOf(int parent) =>
        [.. File.ReadAllText($"/proc/{parent}/task/{parent}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => int.Parse(text, null))];

    private static bool IsBackend(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").StartsWith("postgres: mesh ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void Kill(int process)
    {
        try
        {
            Process.GetProcessById(process).Kill();
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
        {
            // It ended meanwhile.
        }
    }
}
