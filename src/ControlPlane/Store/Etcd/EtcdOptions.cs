namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>How etcd is reached, and where in it everything is.</summary>
internal sealed record EtcdOptions
{
    /// <summary>The members' client URLs, http or https, all of one scheme.</summary>
    public required IReadOnlyList<Uri> Members { get; init; }

    /// <summary>What every key begins with: one mesh in an etcd that others use too; default /mesh/.</summary>
    public string Prefix { get; init; } = "/mesh/";

    /// <summary>A PEM file of those that may sign the members' certificates; null: those that the machine trusts.</summary>
    public string? CaFile { get; init; }

    /// <summary>A PEM file with the client's certificate, and those that lead to the CA; null shows none.</summary>
    public string? CertFile { get; init; }

    /// <summary>A PEM file with its key.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Who logs in; null: nobody has to.</summary>
    public string? User { get; init; }

    /// <summary>A file with the user's password; read at each login, so that it may change.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>How long one attempt at one member may take, before another is tried; default 0.5 s, more for what is large.</summary>
    public TimeSpan Attempt { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>How long a change may take over all attempts; default 15 s.</summary>
    public TimeSpan LongestWrite { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The same while it is known that etcd does not answer; default 0.8 s.</summary>
    public TimeSpan LongestWriteUnreached { get; init; } = TimeSpan.FromSeconds(0.8);

    /// <summary>How long a watch may be silent before it is resumed elsewhere, and what it shows called frozen; default 3 s.</summary>
    public TimeSpan LongestSilence { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// The same while a watch has to catch up; default 10 s. A past that is larger than <see cref="LargestMessage"/> comes in pieces of
    /// 2 MiB, and etcd takes a time for each that grows with the square of the changes in it: seconds, where they are small.
    /// </summary>
    public TimeSpan LongestPiece { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Bytes that an answer may have, at least 2 MiB more than a piece; default 64 MiB: of a past etcd tells a thousand revisions at once,
    /// which may be every instance of a large mesh several times.
    /// </summary>
    public int LargestMessage { get; init; } = 64 * 1024 * 1024;
}
