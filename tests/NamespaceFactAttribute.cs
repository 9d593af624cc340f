using System.Diagnostics;
using Xunit;

namespace Mesh.Tests;

/// <summary>
/// A test that makes network or mount namespaces. Where the system lets it make none, it is skipped, which the sum of all tests
/// says: none is skipped as root on Linux with util-linux and iproute2.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NamespaceFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> WhyNot = new(Try);

    /// <param name="asRoot">It needs more than namespaces: rights outside of them.</param>
    public NamespaceFactAttribute(bool asRoot = false) =>
        Skip = WhyNot.Value ?? (asRoot && !Environment.IsPrivilegedProcess ? "it takes root" : null);

    private static string? Try()
    {
        try
        {
            using var tried = Process.Start(
                new ProcessStartInfo("unshare", ["--net", "--mount", "--map-root-user", "sh", "-c", "ip link set lo up && mount -t tmpfs none /mnt"])
                {
                    RedirectStandardError = true,
                })!;
            var said = tried.StandardError.ReadToEnd();
            tried.WaitForExit();
            return tried.ExitCode == 0 ? null : $"no namespaces can be made here: {said.Trim()}";
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or PlatformNotSupportedException)
        {
            return $"no namespaces can be made here: {e.Message}";
        }
    }
}
