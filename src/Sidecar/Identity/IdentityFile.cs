using Google.Protobuf;
using Mesh.Resources.Files;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Identity;

/// <summary>An identity on disk (<c>--identity</c>), in a file that its owner alone can read. One caller at a time.</summary>
/// <param name="folder">Where it is.</param>
internal sealed class IdentityFile(string folder)
{
    private const int MostBytes = 1024 * 1024;
    private const UnixFileMode OwnersAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path = Path.Combine(folder, "identity");

    /// <summary>Reads it.</summary>
    /// <param name="fault">Why it is of no use; null if it is, or if there is none.</param>
    public TrustView? Read(out string? fault)
    {
        fault = null;
        try
        {
            if (!File.Exists(_path))
            {
                return null;
            }

            fault = FileKind.WhyNotRegular(_path)
                ?? (new FileInfo(_path).Length > MostBytes ? "is too large for an identity" : null)
                ?? (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(_path) & ~OwnersAlone) != 0 ? "can be read by others than its owner (chmod 600)" : null);
            if (fault is not null)
            {
                return null;
            }

            var kept = Api.KeptIdentity.Parser.ParseFrom(File.ReadAllBytes(_path));
            if (WorkloadIdentity.Of(kept) is { } identity && kept.Bundle is { } bundle)
            {
                return new TrustView(identity, bundle);
            }

            fault = "is damaged";
        }
        catch (InvalidProtocolBufferException)
        {
            fault = "is damaged";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = e.Message;
        }

        return null;
    }

    /// <summary>Replaces it as a whole, or not at all.</summary>
    /// <returns>Why it could not be written; null if it was.</returns>
    public string? Write(TrustView view)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var temporary = _path + ".tmp";
            File.Delete(temporary); // whose mode would stay
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = OwnersAlone;
            }

            using (var file = new FileStream(temporary, options))
            {
                file.Write(view.Identity.ToKept(view.Bundle).ToByteArray());
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, _path, overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
