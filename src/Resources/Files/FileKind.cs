using System.Runtime.InteropServices;

namespace Mesh.Resources.Files;

/// <summary>
/// What a name leads to, found out without opening it: to open a pipe waits for whoever writes into it, and .NET does not
/// say what is one. statx(2), as its structure is the same on every architecture; elsewhere everything passes for a file.
/// </summary>
public static partial class FileKind
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint TypeOnly = 1; // STATX_TYPE
    private const int StructureSize = 256;
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;
    private const int Regular = 0x8000;
    private const int Folder = 0x4000;
    private const int Socket = 0xC000;

    /// <summary>Null if it is a regular file, or cannot be looked at: then opening it says why.</summary>
    public static string? WhyNotRegular(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return Directory.Exists(path) ? IsFolder : null;
        }

        return TypeOf(path) switch
        {
            null or Regular => null,
            Folder => IsFolder,
            _ => "is no regular file but a pipe, a socket or a device; write what it holds into a file",
        };
    }

    /// <summary>Null if it is a Unix socket, or nobody can say.</summary>
    public static string? WhyNoSocket(string path) =>
        !Path.Exists(path) ? "there is no such socket"
        : OperatingSystem.IsLinux() && TypeOf(path) is not (null or Socket) ? "its path leads to no socket, but to something else"
        : null;

    private static int? TypeOf(string path)
    {
        Span<byte> found = stackalloc byte[StructureSize];
        return Statx(CurrentFolder, path, 0, TypeOnly, ref MemoryMarshal.GetReference(found)) == 0
            ? MemoryMarshal.Read<ushort>(found[ModeOffset..]) & TypeMask
            : null;
    }

    private const string IsFolder = "is a folder; name a file in it";

    // partial: the marshalling is generated.
    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, ref byte found);
}
