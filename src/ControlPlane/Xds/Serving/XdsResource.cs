using Google.Protobuf.WellKnownTypes;

namespace Mesh.ControlPlane.Xds.Serving;

/// <summary>A resource as clients of one kind are sent it. Immutable, shared by all their streams.</summary>
/// <param name="Name">As it was asked for.</param>
/// <param name="Revision">Of the store, at which what it is made of came to hold; 0 if it is made of defaults.</param>
/// <param name="Body">Its bytes; never changed.</param>
/// <param name="IsEmpty">It says that nobody is there.</param>
internal sealed record XdsResource(string Name, long Revision, Any Body, bool IsEmpty = false)
{
    public int Bytes => Body.Value.Length;

    /// <summary>Whether a client that has the other has this.</summary>
    public bool IsSameAs(XdsResource? other) => ReferenceEquals(this, other) || (other is not null && Body.Value.Equals(other.Body.Value));
}
