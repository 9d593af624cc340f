using Mesh.Hosting;
using Mesh.Wire.Transport;

namespace Mesh.Sidecar.Admin;

/// <summary>What every request to the admin pages needs. One per process.</summary>
/// <param name="Loop">Of the admin pages.</param>
/// <param name="Pages">Who answers.</param>
/// <param name="Guard">Who is refused.</param>
/// <param name="Time">The clock.</param>
/// <param name="Log">Told of defects.</param>
internal sealed record AdminContext(EventLoop Loop, AdminPages Pages, PageGuard Guard, TimeProvider Time, Log Log);
