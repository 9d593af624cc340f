using System.Security.Cryptography;
using Google.Protobuf;
using Mesh.Hosting;
using Mesh.Resources.Files;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery.Cache;

/// <summary>A snapshot as a file: see snapshot.proto. Nothing that is in one is believed before its sum is right.</summary>
internal static class SnapshotFile
{
    /// <summary>More is no snapshot of ours.</summary>
    private const int MaxBytes = 256 * 1024 * 1024;

    private const int SumBytes = SHA256.HashSizeInBytes;

    private static ReadOnlySpan<byte> Magic => "mesh-snapshot "u8;

    private static ReadOnlySpan<byte> Head => "mesh-snapshot 1\n"u8;

    /// <summary>Replaces the file as a whole, or not at all.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be.</exception>
    public static void Write(string path, Api.CachedSnapshot snapshot)
    {
        var body = snapshot.ToByteArray();
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = path + ".tmp";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            using (var file = new FileStream(temporary, options))
            {
                file.Write(Head);
                file.Write(SHA256.HashData(body));
                file.Write(body);
                // Before it takes the old one's place: a power cut must leave one of the two.
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (IOException)
        {
            File.Delete(temporary); // a full disk needs the room
            throw;
        }

        // Or the cut may undo the rename; where a file system cannot, the old one is there again.
        _ = FolderSync.Flush(Path.GetDirectoryName(path)!);
    }

    /// <summary>Reads one.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="service">Whose it must be.</param>
    /// <param name="fault">Why it cannot be used; null if it can, or if there is none.</param>
    /// <returns>Null if there is none that can be used.</returns>
    public static Api.CachedSnapshot? Read(string path, string service, out string? fault)
    {
        fault = null;
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            if (FileKind.WhyNotRegular(path) is { } why)
            {
                fault = why;
                return null;
            }

            if (new FileInfo(path).Length is var length && length > MaxBytes)
            {
                fault = $"has {length} bytes, which no snapshot has";
                return null;
            }

            return Parse(File.ReadAllBytes(path), service, out fault);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = e.Message;
            return null;
        }
    }

    private static Api.CachedSnapshot? Parse(byte[] content, string service, out string? fault)
    {
        if (!content.AsSpan().StartsWith(Head))
        {
            fault = content.AsSpan().StartsWith(Magic) ? "is of another version of this program" : "is no snapshot";
            return null;
        }

        var rest = content.AsSpan(Head.Length);
        if (rest.Length < SumBytes || !SHA256.HashData(rest[SumBytes..]).AsSpan().SequenceEqual(rest[..SumBytes]))
        {
            fault = "is damaged";
            return null;
        }

        Api.CachedSnapshot snapshot;
        try
        {
            snapshot = Api.CachedSnapshot.Parser.ParseFrom(rest[SumBytes..]);
        }
        catch (InvalidProtocolBufferException)
        {
            fault = "is damaged";
            return null;
        }

        fault = snapshot.Service == service ? null : $"is of {(snapshot.Service.Length == 0 ? "a pure client" : $"service '{snapshot.Service}'")}";
        return fault is null ? snapshot : null;
    }
}
