using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Store.V1;
using Mesh.V1;

namespace Mesh.ControlPlane.Config;

/// <summary>A configuration resource as it stands, or that it was deleted. Immutable, shared with every reader.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Unique within its kind.</param>
/// <param name="Version">Counts its changes, deletions too; from 1, or above those of names that were forgotten.</param>
/// <param name="Revision">Of the store, at which this version came to hold.</param>
/// <param name="Value">The kind's message, which must not be changed; null once deleted.</param>
/// <param name="UpdateTime">When.</param>
/// <param name="Author">Who made this version, as the request said.</param>
/// <param name="Reason">Why, as the request said.</param>
internal sealed record ConfigEntry(
    ConfigKind Kind, string Name, long Version, long Revision, IMessage? Value, Timestamp UpdateTime, string Author, string Reason)
{
    public bool IsDeleted => Value is null;

    public static ConfigEntry Read(ConfigKind kind, string name, byte[] stored, long revision)
    {
        var record = StoredConfig.Parser.ParseFrom(stored);
        return new ConfigEntry(
            kind, name, record.Version, revision, record.Deleted ? null : kind.Parser.ParseFrom(record.Value),
            record.UpdateTime, record.Author, record.Reason);
    }

    public byte[] Write() => new StoredConfig
    {
        Value = Value?.ToByteString() ?? ByteString.Empty,
        Deleted = IsDeleted,
        Version = Version,
        UpdateTime = UpdateTime,
        Author = Author,
        Reason = Reason,
    }.ToByteArray();

    /// <summary>As the API shows it.</summary>
    public ConfigResource ToResource()
    {
        var resource = new ConfigResource
        {
            Service = Name,
            Version = Version,
            UpdateTime = UpdateTime,
            Author = Author,
            Reason = Reason,
            Revision = Revision,
        };
        Kind.Into(resource, Value);
        return resource;
    }
}
