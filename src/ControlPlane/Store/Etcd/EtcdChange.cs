using Google.Protobuf;

namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>A key as etcd has it, with what is to be stored under it; null removes it.</summary>
internal readonly record struct EtcdChange(ByteString Key, ByteString? Value);
