using Google.Protobuf;
using Mesh.ControlPlane.Store;
using Mesh.Store.V1;

namespace Mesh.ControlPlane.Config;

/// <summary>What is stored of a resource that a file has given at start.</summary>
internal static class FileRecord
{
    public static bool IsKey(string key) => ConfigKinds.All.Any(kind => key.StartsWith(kind.FilePrefix, StringComparison.Ordinal));

    public static StoreChange Of(ConfigChange change) =>
        new(change.Kind.FileKey(change.Name), new StoredFileConfig { Value = change.Value.ToByteString() }.ToByteArray());

    public static IMessage Read(ConfigKind kind, byte[] record) => kind.Parser.ParseFrom(StoredFileConfig.Parser.ParseFrom(record).Value);
}
