namespace Mesh.DemoServices.Server;

/// <summary>The services of the shop; the first argument says which one the process is.</summary>
internal enum DemoService
{
    Users,
    Orders,
    Payments,
    Notifications,
    Catalog,
}
