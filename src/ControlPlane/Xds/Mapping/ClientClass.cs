using System.Globalization;

namespace Mesh.ControlPlane.Xds.Mapping;

/// <summary>
/// What clients of one kind may be sent and understand, as tried with them (docs/xds.md) or, of Go and Java, as their documents have it.
/// </summary>
/// <param name="Name">For people.</param>
/// <param name="TimeoutSlack">By how much its calls end before <c>max_stream_duration</c> at the worst: it is given so much more.</param>
/// <param name="HashesByRing">Whether RING_HASH may be sent: C-core 1.51 dies of it.</param>
internal sealed record ClientClass(string Name, TimeSpan TimeoutSlack, bool HashesByRing)
{
    // It cuts its clock's epoch to whole seconds, so that a time is over one to two seconds early. None of its versions is known to be mended.
    private static readonly TimeSpan CoresHaste = TimeSpan.FromSeconds(2);

    // C-core 29 is gRPC 1.51.
    private const int LastOldCore = 29;

    /// <summary>C++, Python, Ruby, PHP, C# up to gRPC 1.51.</summary>
    public static readonly ClientClass OldCore = new("C-core up to 1.51", CoresHaste, HashesByRing: false);

    /// <summary>The same, newer.</summary>
    public static readonly ClientClass Core = new("C-core", CoresHaste, HashesByRing: true);

    /// <summary>@grpc/grpc-js-xds.</summary>
    public static readonly ClientClass Node = new("grpc-js", TimeSpan.Zero, HashesByRing: true);

    /// <summary>grpc-go.</summary>
    public static readonly ClientClass Go = new("Go", TimeSpan.Zero, HashesByRing: true);

    /// <summary>grpc-java.</summary>
    public static readonly ClientClass Java = new("Java", TimeSpan.Zero, HashesByRing: true);

    /// <summary>Whoever else speaks the protocol: what all take, and nothing more.</summary>
    public static readonly ClientClass Other = new("other", TimeSpan.Zero, HashesByRing: false);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ClientClass> All { get; } = [OldCore, Core, Node, Go, Java, Other];

    /// <summary>By what a client says of itself.</summary>
    /// <param name="agent">Of its node, <c>user_agent_name</c>: "gRPC C-core linux Python".</param>
    /// <param name="version">Of its node, <c>user_agent_version</c>: "C-core 29.0.0 Python 1.51.1".</param>
    public static ClientClass Of(string agent, string version) =>
        agent.StartsWith("gRPC C-core", StringComparison.Ordinal) ? CoreVersion(version) > LastOldCore ? Core : OldCore
        : agent.StartsWith("gRPC Node", StringComparison.Ordinal) ? Node
        : agent.StartsWith("gRPC Go", StringComparison.Ordinal) ? Go
        : agent.StartsWith("gRPC Java", StringComparison.Ordinal) ? Java
        : Other;

    // 0, the oldest, where it does not say.
    private static int CoreVersion(string text)
    {
        const string begin = "C-core ";
        var digits = text.StartsWith(begin, StringComparison.Ordinal) ? text[begin.Length..].Split('.', 2)[0] : "";
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;
    }
}
