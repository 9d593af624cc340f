using Google.Protobuf;
using Mesh.V1;

namespace Mesh.ControlPlane.Streams;

/// <summary>A resource on its way to one stream: whole, or if it is large in parts. One thread at a time.</summary>
/// <param name="key">Which.</param>
/// <param name="whole">Shared with other streams; never changed.</param>
/// <param name="digest">Of what its receiver has then, whether that is in it or it only says that this is unchanged.</param>
internal sealed class ResourceParts(ResourceKey key, Resource whole, ulong digest)
{
    /// <summary>
    /// Of one part, and about of one response: well within what gRPC clients accept, 4 MiB, and what is held for a sidecar
    /// that does not read.
    /// </summary>
    public const int MaxBytes = 128 * 1024;

    private int _at;

    public ResourceKey Key { get; } = key;

    public Resource Whole { get; } = whole;

    public ulong Digest { get; } = digest;

    /// <summary>Whether <see cref="Next"/> has given the last part.</summary>
    public bool IsDone => _at == Whole.Body.Length;

    public Resource Next()
    {
        if (Whole.Body.Length <= MaxBytes)
        {
            _at = Whole.Body.Length;
            return Whole;
        }

        var length = Math.Min(MaxBytes, Whole.Body.Length - _at);
        var body = UnsafeByteOperations.UnsafeWrap(Whole.Body.Memory.Slice(_at, length));
        _at += length;
        return new Resource { Kind = Whole.Kind, Name = Whole.Name, Version = Whole.Version, Body = body, More = !IsDone };
    }
}
