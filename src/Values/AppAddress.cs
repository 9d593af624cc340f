using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Mesh;

/// <summary>Where an app listens: HOST:PORT, or a Unix socket, <c>unix:/PATH</c>.</summary>
public static class AppAddress
{
    /// <summary>Of a path, in bytes of UTF-8: what a sockaddr_un has room for (108 bytes on Linux, 104 elsewhere), less the NUL that ends it.</summary>
    public static readonly int MaxPathBytes = OperatingSystem.IsLinux() ? 107 : 103;

    private const string Scheme = "unix:";

    /// <summary>HOST:PORT with a port other than 0, or <c>unix:</c> and an absolute path that a system takes.</summary>
    public static bool IsValid(string text) =>
        text.StartsWith(Scheme, StringComparison.Ordinal) ? TryGetSocketPath(text, out _) : HostPort.TryParse(text, out var place) && place.Port != 0;

    /// <summary>The path of a Unix socket; false if the address is of another form, or no system takes the path.</summary>
    public static bool TryGetSocketPath(string text, [NotNullWhen(true)] out string? path)
    {
        path = text.StartsWith(Scheme, StringComparison.Ordinal) ? text[Scheme.Length..] : null;
        if (path is { Length: > 1 } && path[0] == '/' && Encoding.UTF8.GetByteCount(path) <= MaxPathBytes && PrintableText.WhyNot(path) is null)
        {
            return true;
        }

        path = null;
        return false;
    }
}
