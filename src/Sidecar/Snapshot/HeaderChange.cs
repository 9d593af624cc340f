using System.Text;
using Mesh.Policy.Routing.Changes;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Snapshot;

/// <summary>Changes of a list of headers, as bytes. Immutable; allocates nothing but what the list grows by.</summary>
internal sealed class HeaderChange
{
    private readonly byte[][] _goes;
    private readonly (byte[] Name, byte[] Value)[] _comes;

    private HeaderChange(HeaderChangeOptions options)
    {
        _goes = [.. options.Remove.Concat(options.Set.Select(header => header.Name)).Select(BytesOf)];
        _comes = [.. options.Set.Concat(options.Add).Select(header => (BytesOf(header.Name), BytesOf(header.Value)))];
    }

    /// <summary>Null if there is nothing to do.</summary>
    public static HeaderChange? Of(HeaderChangeOptions options) => options.IsNone ? null : new HeaderChange(options);

    public void ApplyTo(HeaderList headers)
    {
        foreach (var name in _goes)
        {
            for (var index = headers.IndexOf(name); index >= 0; index = headers.IndexOf(name))
            {
                headers.RemoveAt(index);
            }
        }

        foreach (var (name, value) in _comes)
        {
            headers.Add(name, value);
        }
    }

    private static byte[] BytesOf(string text) => Encoding.ASCII.GetBytes(text);
}
