using Grpc.Core;
using Mesh.V1;

namespace Mesh.Sidecar.Local.Resuming;

/// <summary>A subscription goes on behind the last event that was sent; a group has its position itself.</summary>
internal sealed class SubscribeResumption : Resumption<SubscribeRequest, SubscribeResponse>
{
    private readonly CreditLeft _credit = new();
    private BeginSubscription _begin = new();
    private bool _isSubscribed;

    public override AsyncDuplexStreamingCall<SubscribeRequest, SubscribeResponse> Call(ChannelBase channel, CallOptions options) =>
        new Events.EventsClient(channel).Subscribe(options);

    public override bool Begin(SubscribeRequest first)
    {
        if (first.Begin is not { } begin)
        {
            return false;
        }

        _begin = begin.Clone();
        _credit.Begin(begin.Credit);
        return true;
    }

    public override SubscribeRequest Resumed()
    {
        var begin = _begin.Clone();
        begin.Credit = _credit.AsFirst;
        return new SubscribeRequest { Begin = begin };
    }

    public override bool Said(SubscribeRequest request)
    {
        if (request.Credit is not { } credit)
        {
            return false;
        }

        _credit.Grant(credit);
        return true;
    }

    public override bool Heard(SubscribeResponse response)
    {
        switch (response.ResponseCase)
        {
            case SubscribeResponse.ResponseOneofCase.Subscribed:
                var isFirst = !_isSubscribed;
                _isSubscribed = true;
                GoOnBehind(response.Subscribed.AfterSequence);
                return isFirst;
            case SubscribeResponse.ResponseOneofCase.Delivery:
                _credit.Spend(response.Delivery.Event.Data.Length);
                GoOnBehind(response.Delivery.Event.Sequence);
                return true;
            default:
                return true;
        }
    }

    private void GoOnBehind(long sequence)
    {
        if (_begin.Group.Length == 0)
        {
            _begin.Start = new StartPosition { AfterSequence = sequence };
        }
    }
}
