using System.Net;

namespace Mesh.ControlPlane.Listening;

/// <summary>An address to listen on, with how many connections there may be: the way from the server's options to its transport.</summary>
internal sealed class BoundedEndPoint(IPEndPoint address, ConnectionPlaces places) : IPEndPoint(address.Address, address.Port)
{
    public ConnectionPlaces Places => places;
}
