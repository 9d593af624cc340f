using Google.Protobuf;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery;

/// <summary>Puts the parts of a large resource together. For the stream's reader alone, which begins each stream with a new one.</summary>
internal sealed class ResourceAssembly
{
    /// <summary>Of a resource. A service of 100,000 instances has a tenth of it; what is larger is a fault, or an attack on our memory.</summary>
    public const int MaxBytes = 64 * 1024 * 1024;

    private Api.Resource? _first;
    private MemoryStream? _body;
    private bool _isTooLarge;

    /// <summary>A resource or a part of one, in the order in which they came.</summary>
    /// <param name="part">As it came.</param>
    /// <param name="whole">The resource, if this was its last part.</param>
    /// <param name="fault">What is wrong with the whole; null if nothing is.</param>
    /// <returns>Whether there is a whole one.</returns>
    public bool TryAdd(Api.Resource part, out Api.Resource whole, out string? fault)
    {
        fault = null;
        whole = part;
        if (_first is null && !part.More)
        {
            return true;
        }

        if (_first is { } first && (first.Kind != part.Kind || first.Name != part.Name || first.Version != part.Version))
        {
            // Whoever mixes parts up cannot be believed in either of the two; the stream goes on.
            fault = $"its parts are mixed up with those of the {first.Kind} of {first.Name}";
            Clear();
            return !part.More;
        }

        _first ??= part;
        _body ??= new MemoryStream();
        _isTooLarge |= _body.Length + part.Body.Length > MaxBytes;
        if (_isTooLarge)
        {
            _body = new MemoryStream(); // what follows is not needed either
        }
        else
        {
            _body.Write(part.Body.Span);
        }

        if (part.More)
        {
            return false;
        }

        fault = _isTooLarge ? $"is larger than {MaxBytes} bytes" : null;
        whole = new Api.Resource
        {
            Kind = part.Kind,
            Name = part.Name,
            Version = part.Version,
            Body = UnsafeByteOperations.UnsafeWrap(_body.GetBuffer().AsMemory(0, (int)_body.Length)),
        };
        Clear();
        return true;
    }

    private void Clear()
    {
        _first = null;
        _body = null;
        _isTooLarge = false;
    }
}
