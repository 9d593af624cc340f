using System.Runtime.InteropServices;

namespace Mesh.Wire.Tls.OpenSsl;

/// <summary>
/// The way of OpenSSL's bytes: what it reads comes from the input of the session that is being served on this thread, what it writes goes
/// into that one's output. So a BIO has no state; each session still needs one of its own, since the handshake puts a buffer in front of it.
/// </summary>
internal static unsafe class SessionBio
{
    private static readonly nint Method = MakeMethod();

    /// <summary>One more.</summary>
    public static nint New()
    {
        var bio = LibSsl.NewBio(Method);
        LibSsl.SetBioInit(bio, 1);
        // For good: that nothing is left to read never means more than "not yet"; of the end of the stream the socket tells.
        LibSsl.SetBioFlags(bio, LibSsl.BioShouldRetryRead);
        return bio;
    }

    private static nint MakeMethod()
    {
        var method = LibSsl.NewBioMethod(LibSsl.NewBioIndex() | LibSsl.BioSourceSink, "mesh");
        _ = LibSsl.SetBioRead(method, &Read);
        _ = LibSsl.SetBioWrite(method, &Write);
        _ = LibSsl.SetBioControl(method, &Control);
        return method;
    }

    [UnmanagedCallersOnly]
    private static int Read(nint bio, byte* into, int count) => OpenSslSession.Current is { } session ? session.TakeInput(into, count) : -1;

    [UnmanagedCallersOnly]
    private static int Write(nint bio, byte* bytes, int count) => OpenSslSession.Current is { } session ? session.AddOutput(bytes, count) : -1;

    /// <summary>That it is flushed it must be told, or the handshake stops after the first flight.</summary>
    [UnmanagedCallersOnly]
    private static nint Control(nint bio, int command, nint number, nint pointer) => command == LibSsl.BioControlFlush ? 1 : 0;
}
