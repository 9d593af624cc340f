using Xunit;

namespace Mesh.Tests;

/// <summary>A test that starts etcd. Where the machine has none (Debian's etcd-server and etcd-client), it is skipped, which the sum of all tests says.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class EtcdFactAttribute : FactAttribute
{
    // Many times what any of them takes: one that waits for ever is named, and the others go on.
    private const int LongestMilliseconds = 180_000;

    public EtcdFactAttribute()
    {
        Skip = WhyNot;
        Timeout = LongestMilliseconds;
    }

    /// <summary>Null if etcd can be started.</summary>
    public static string? WhyNot { get; } =
        Has("etcd") && Has("etcdctl") ? null : "there is no etcd here: install etcd-server and etcd-client";

    private static bool Has(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, program)));
}
