using System.Security.Cryptography;
using Mesh.Messaging.Delivering;
using Mesh.Messaging.Messages;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>What one claim is given.</summary>
internal sealed class Basket(Claim claim, TimeSpan lease)
{
    private long _bytes;

    public List<Delivery> Deliveries { get; } = [];

    public int Room => claim.Count - Deliveries.Count;

    public long RoomBytes => Math.Clamp(claim.Bytes - _bytes, 0, long.MaxValue / 2);

    public bool IsFull => Room == 0 || _bytes >= claim.Bytes;

    public bool HasRoomFor(StoredMessage message) => Deliveries.Count == 0 || _bytes + message.Message.Data.Length <= claim.Bytes;

    public Entry Add(in Entry entry, StoredMessage message)
    {
        var leased = Transitions.Claim(entry, BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))), Answers.TextOf(claim.Holder), lease);
        _bytes += message.Message.Data.Length;
        Deliveries.Add(new Delivery(new LeaseToken(leased.Id, leased.Nonce!.Value), leased.Attempts, lease, message));
        return leased;
    }
}
