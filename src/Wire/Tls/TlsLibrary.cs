using System.Runtime.InteropServices;

namespace Mesh.Wire.Tls;

/// <summary>Which library does the handshakes and records of TLS in this process. Any thread.</summary>
public static class TlsLibrary
{
    private static readonly Lazy<(string Name, string? WhyManaged)> Found = new(Find);

    /// <summary>For people: "OpenSSL 3.0.19 ..." or ".NET's SslStream".</summary>
    public static string Name => Found.Value.Name;

    /// <summary>Why it is not OpenSSL by its own functions, which costs less; null if it is.</summary>
    public static string? WhyManaged => Found.Value.WhyManaged;

    private static (string Name, string? WhyManaged) Find()
    {
        const string managed = ".NET's SslStream";
        if (!OperatingSystem.IsLinux())
        {
            return (managed, "this is not Linux");
        }

        return NativeLibrary.TryLoad(OpenSsl.LibSsl.Ssl, out _) && NativeLibrary.TryLoad(OpenSsl.LibSsl.Crypto, out _)
            ? (OpenSsl.LibSsl.Version, null)
            : (managed, $"there is no {OpenSsl.LibSsl.Ssl} (OpenSSL 3)");
    }
}
