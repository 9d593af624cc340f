namespace Mesh.Tests;

/// <summary>The ways to a member of etcd: that of who asks it, and that of the other members.</summary>
internal sealed class EtcdLinks(int client, int peer)
{
    public LinkRelay Client { get; } = new(client);

    public LinkRelay Peer { get; } = new(peer);
}
