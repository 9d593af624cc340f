using Npgsql;

namespace Mesh.Messaging.Postgres.Serving;

/// <summary>
/// What <c>postgres://USER:PASSWORD@HOST:PORT/DATABASE?…</c> means, as PostgreSQL's own programs read it. The password is in no message.
/// </summary>
internal static class PostgresAddress
{
    // All our tables are in it, and nothing else.
    public const string Schema = "mesh_messaging";

    private const int DefaultPort = 5432;

    /// <param name="address">An address.</param>
    /// <returns>What a connection is opened with.</returns>
    /// <exception cref="MessagingException">It is none.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("postgres" or "postgresql"))
        {
            throw new MessagingException("a database is named as postgres://USER:PASSWORD@HOST:PORT/DATABASE");
        }

        var user = uri.UserInfo.Split(':', 2);
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host.Length == 0 ? "localhost" : Uri.UnescapeDataString(uri.Host),
            Port = uri.Port > 0 ? uri.Port : DefaultPort,
            Database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/')),
            Username = Uri.UnescapeDataString(user[0]),
            Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
        };
        foreach (var part in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = part.Split('=', 2) is [var key, var text] ? (key, Uri.UnescapeDataString(text)) : (part, "");
            Set(settings, name, value);
        }

        if (settings.Database.Length == 0)
        {
            throw new MessagingException($"{NameOf(settings)}: names no database; add /DATABASE");
        }

        return settings;
    }

    /// <summary>As messages name it.</summary>
    public static string NameOf(NpgsqlConnectionStringBuilder settings) =>
        $"postgres://{(settings.Host!.StartsWith('/') ? $"({settings.Host})" : settings.Host)}:{settings.Port}/{settings.Database}";

    private static void Set(NpgsqlConnectionStringBuilder settings, string name, string value)
    {
        switch (name)
        {
            // A folder: the server's socket is in it.
            case "host":
                settings.Host = value;
                break;
            case "port" when int.TryParse(value, out var port) && port is > 0 and < 65536:
                settings.Port = port;
                break;
            case "user":
                settings.Username = value;
                break;
            case "password":
                settings.Password = value;
                break;
            case "sslmode" when Enum.TryParse<SslMode>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var mode):
                settings.SslMode = mode;
                break;
            case "sslrootcert":
                settings.RootCertificate = value;
                break;
            case "application_name":
                settings.ApplicationName = value;
                break;
            default:
                throw new MessagingException(
                    $"{NameOf(settings)}: '{name}={(name == "password" ? "…" : value)}' is not known; host, port, user, password, sslmode, sslrootcert and application_name are");
        }
    }
}
