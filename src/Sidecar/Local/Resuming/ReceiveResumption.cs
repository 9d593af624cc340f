using Grpc.Core;
using Mesh.V1;

namespace Mesh.Sidecar.Local.Resuming;

/// <summary>A consumer of a queue goes on with the credit that it has left; its leases are the queue's to know.</summary>
internal sealed class ReceiveResumption : Resumption<ReceiveRequest, ReceiveResponse>
{
    private readonly CreditLeft _credit = new();
    private BeginReceiving _begin = new();

    public override AsyncDuplexStreamingCall<ReceiveRequest, ReceiveResponse> Call(ChannelBase channel, CallOptions options) =>
        new Queues.QueuesClient(channel).Receive(options);

    public override bool Begin(ReceiveRequest first)
    {
        if (first.Begin is not { } begin)
        {
            return false;
        }

        _begin = begin.Clone();
        _credit.Begin(begin.Credit);
        return true;
    }

    public override ReceiveRequest Resumed()
    {
        var begin = _begin.Clone();
        begin.Credit = _credit.AsFirst;
        return new ReceiveRequest { Begin = begin };
    }

    public override bool Said(ReceiveRequest request)
    {
        if (request.Credit is not { } credit)
        {
            return false;
        }

        _credit.Grant(credit);
        return true;
    }

    public override bool Heard(ReceiveResponse response)
    {
        if (response.Delivery is { } delivery)
        {
            _credit.Spend(delivery.Message.Data.Length);
        }

        return true;
    }
}
