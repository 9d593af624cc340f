using Npgsql;

namespace Mesh.Messaging.Postgres.Serving;

/// <summary>Whether what the server says it has committed is on its disk, and whether we know how to talk to it.</summary>
internal static class ServerChecks
{
    private const int OldestVersion = 150_000;

    public const string Question = """
        SELECT current_setting('server_version_num')::bigint, current_setting('server_version'), current_setting('fsync'), current_setting('full_page_writes'),
            current_setting('synchronous_commit'), pg_is_in_recovery(), current_setting('server_encoding')
        """;

    /// <returns>Null if it may be used; else why not, in words that follow its name.</returns>
    public static string? WhyNot(NpgsqlDataReader row) =>
        row.GetInt64(0) < OldestVersion ? $"is PostgreSQL {row.GetString(1)}, and 15 or later is needed"
        : row.GetString(2) == "off" ? Unsafe("fsync", "a power cut would damage the database")
        : row.GetString(3) == "off" ? Unsafe("full_page_writes", "a power cut while a page is written would damage it")
        : row.GetString(4) == "off" ? Unsafe("synchronous_commit", "a crash would take what was acknowledged last")
        : row.GetBoolean(5) ? "is a standby, which takes no messages; name the primary"
        : row.GetString(6) != "UTF8" ? $"is a database in {row.GetString(6)}; make one in UTF8 (CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0)"
        : null;

    private static string Unsafe(string setting, string why) =>
        $"has {setting} = off, so that {why}, and messages are not safe in it; set it to on, for the role and the database as well";
}
