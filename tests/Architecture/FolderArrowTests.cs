namespace Mesh.Architecture;

/// <summary>
/// Within the engine and the sidecar, too, dependencies point one way: a folder names types of folders before it in its list
/// only.
/// </summary>
public sealed class FolderArrowTests
{
    /// <summary>The folders of each project, from the one that all may use to the one that may use all.</summary>
    private static readonly Dictionary<string, string[]> Order = new()
    {
        ["Wire"] =
        [
            "Timers", "Buffers", "Http2/Frames", "Http2/Hpack", "Messages", "Http2/Blocks", "Transport", "Transport/Memory", "Transport/Loopback", "Transport/Sockets",
            "Transport/Epoll", "Streams", "Tls", "Tls/OpenSsl", "Tls/Managed", "Http2/Connections/Guarding", "Http2/Connections/States", "Http2/Connections/Sending",
            "Http2/Connections/Receiving", "Http2/Connections", "Http1", ".",
        ],
        ["Sidecar"] =
        [
            "Options", "Terms", "Workers", "Outbox", "Identity", "Upstream", "Telemetry/Calls", "Phases", "Snapshot", "Routing", "Admin/Prometheus", "Telemetry/Circuits", "Probing",
            "Discovery/Cache", "Discovery/Services", "Discovery/Kinds", "Discovery", "Joining", "Local/Resuming", "Local", "Push", "Telemetry/Rings", "Flow/GrpcWeb", "Flow/Heads", "Flow/Messages", "Flow/Stages", "Telemetry/Tracing",
            "Telemetry/AccessLog", "Recorder", "Flow", "Listeners", "Readings", "Telemetry/Export", "Telemetry", "Health", "Registration", "Overload", "Admin/Pages", "Admin", "Exec", ".",
        ],
        ["Messaging"] =
        [
            "Results", "Messages", "Delivering", "Events", "Queues", ".", "State", "Sqlite/Files", "Sqlite/Tables", "Sqlite/State", "Sqlite/Writing",
            "Sqlite/Reading", "Sqlite", "Postgres/Serving", "Postgres/Rows", "Postgres/State", "Postgres/Writing", "Postgres/Reading", "Postgres/Keeping",
            "Postgres", "Outbox",
        ],
    };

    [Theory]
    [InlineData("Wire")]
    [InlineData("Sidecar")]
    [InlineData("Messaging")]
    public void Every_folder_has_its_place(string project) => Assert.Equal(FolderArrows.Folders(project).Order(), Order[project].Order());

    [Theory]
    [InlineData("Wire")]
    [InlineData("Sidecar")]
    [InlineData("Messaging")]
    public void No_folder_names_what_stands_behind_it(string project)
    {
        var faults =
            from arrow in FolderArrows.Of(project)
            where Array.IndexOf(Order[project], arrow.Key.From) < Array.IndexOf(Order[project], arrow.Key.To)
            select $"{arrow.Key.From} -> {arrow.Key.To}: {string.Join(", ", arrow.Value)}";
        Assert.Equal("", string.Join('\n', faults));
    }
}
