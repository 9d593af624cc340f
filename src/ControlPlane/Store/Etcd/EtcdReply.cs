namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>An answer of etcd.</summary>
/// <param name="Response">What it says.</param>
/// <param name="Attempts">How many were made: of those before the last, nobody knows what became.</param>
internal readonly record struct EtcdReply<T>(T Response, int Attempts);
