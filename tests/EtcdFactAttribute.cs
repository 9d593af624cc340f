using Xunit;

namespace Mesh.Tests;

/// <summary>A test that starts etcd. Where the machine has none (Debian's etcd-server and etcd-client), it is skipped, which the sum of all tests says.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class EtcdFactAttribute : FactAttribute
{
    public EtcdFactAttribute() => Skip = WhyNot;

    /// <summary>Null if etcd can be started.</summary>
    public static string? WhyNot { get; } =
        Has("etcd") && Has("etcdctl") ? null : "there is no etcd here: install etcd-server and etcd-client";

    private static bool Has(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, program)));
}
