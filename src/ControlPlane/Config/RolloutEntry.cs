using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Mesh.Store.V1;
using Mesh.V1;

namespace Mesh.ControlPlane.Config;

/// <summary>A staged rollout of a resource, under way or the last one. Immutable, shared with every reader.</summary>
/// <param name="Kind">Of the resource.</param>
/// <param name="Name">Of the resource.</param>
/// <param name="Revision">Of the store, at which it came to be as it is.</param>
/// <param name="Rollout">As the API has it; must not be changed.</param>
/// <param name="Candidate">The version that is tried out.</param>
/// <param name="Threshold">Sidecars have it whose hash is not above this.</param>
internal sealed record RolloutEntry(ConfigKind Kind, string Name, long Revision, Rollout Rollout, ConfigEntry Candidate, ulong Threshold)
{
    private const string Prefix = "r/";

    public bool IsOpen => Rollout.State == V1.Rollout.Types.State.UnderWay;

    /// <summary>Whether a sidecar is one of those that have the version.</summary>
    /// <param name="sidecar"><c>SERVICE/INSTANCE</c>.</param>
    public bool Has(string sidecar) => HashOf(Rollout.Id, sidecar) <= Threshold;

    /// <summary>By which all control planes, at any time, put a sidecar on the same side of a rollout, and other sidecars first in the next.</summary>
    public static ulong HashOf(string id, string sidecar) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{id}\n{sidecar}")));

    /// <summary>The threshold that so many percent are not above: at least one is, and one is not where there are others.</summary>
    /// <param name="hashes">Of the sidecars; at least one.</param>
    /// <param name="percent">Above 0, below 100.</param>
    public static ulong ThresholdOf(IEnumerable<ulong> hashes, double percent)
    {
        ulong[] ordered = [.. hashes.Order()];
        var share = (int)Math.Ceiling(ordered.Length * percent / 100);
        return ordered[Math.Clamp(share, 1, Math.Max(1, ordered.Length - 1)) - 1];
    }

    public static string KeyOf(ConfigKind kind, string name) => $"{Prefix}{kind.Name}/{name}";

    public static bool TryOfKey(string key, [NotNullWhen(true)] out ConfigKind? kind, [NotNullWhen(true)] out string? name)
    {
        (kind, name) = (null, null);
        if (!key.StartsWith(Prefix, StringComparison.Ordinal) || key.IndexOf('/', Prefix.Length) is not (> 0 and var slash))
        {
            return false;
        }

        name = key[(slash + 1)..];
        kind = ConfigKinds.All.FirstOrDefault(one => key.AsSpan(Prefix.Length..slash).SequenceEqual(one.Name));
        return kind is not null;
    }

    public static RolloutEntry Read(ConfigKind kind, string name, byte[] stored, long revision)
    {
        var record = StoredRollout.Parser.ParseFrom(stored);
        return new RolloutEntry(kind, name, revision, record.Rollout, ConfigEntry.Read(kind, name, record.Candidate.ToByteArray(), revision), record.Threshold);
    }

    public byte[] Write() => new StoredRollout { Rollout = Rollout, Candidate = StoredConfig.Parser.ParseFrom(Candidate.Write()), Threshold = Threshold }.ToByteArray();
}
