using Mesh.V1;

namespace Mesh.Bench.Scale.Simulated;

/// <summary>What a sidecar is sent: subscribes, acknowledges, and looks how much of each service it has been told.</summary>
internal sealed class DiscoveryStream(SimulatedSidecar sidecar, Fleet fleet) : SimulatedStream("/mesh.v1.Discovery/Connect")
{
    private readonly Dictionary<string, bool> _complete = new(StringComparer.Ordinal);
    private int _completeCount;
    private bool _isGreeted;

    /// <summary>It was told all instances of every service it has subscribed to.</summary>
    public bool IsComplete => _completeCount == sidecar.Subscriptions.Count;

    protected override void OnOpened()
    {
        _isGreeted = false;
        _complete.Clear();
        Count(() => _completeCount = 0);
        Send(new DiscoveryRequest { Hello = new Hello { Service = "", InstanceId = sidecar.Name } });
    }

    protected override void OnMessage(ReadOnlySpan<byte> message)
    {
        var response = DiscoveryResponse.Parser.ParseFrom(message);
        if (!_isGreeted)
        {
            _isGreeted = true;
            var subscribe = new Subscribe();
            subscribe.Services.Add(sidecar.Subscriptions);
            Send(new DiscoveryRequest { Subscribe = subscribe });
        }

        foreach (var resource in response.Resources)
        {
            if (resource.Kind == "endpoints")
            {
                Note(resource.Name, CountEndpoints(resource.Body.Span) == fleet.Shape.InstancesPerService);
            }
        }

        if (response.Resources.Count > 0)
        {
            Send(new DiscoveryRequest { Ack = new Ack { Nonce = response.Nonce } });
        }
    }

    protected override void OnEnded(string status)
    {
        Count(() => _completeCount = 0);
        sidecar.OnStreamEnded();
    }

    private void Note(string service, bool isComplete)
    {
        fleet.OnPushed(sidecar, service);
        if (_complete.GetValueOrDefault(service) != isComplete)
        {
            _complete[service] = isComplete;
            Count(() => _completeCount += isComplete ? 1 : -1);
        }
    }

    private void Count(Action change)
    {
        var before = IsComplete;
        change();
        fleet.OnCompletenessChanged(before, IsComplete);
    }

    /// <summary>Without reading them: each is field 1, of a length.</summary>
    private static int CountEndpoints(ReadOnlySpan<byte> body)
    {
        var count = 0;
        while (!body.IsEmpty)
        {
            var at = 1;
            var length = 0;
            for (var shift = 0; ; shift += 7)
            {
                var octet = body[at++];
                length |= (octet & 0x7f) << shift;
                if (octet < 0x80)
                {
                    break;
                }
            }

            body = body[(at + length)..];
            count++;
        }

        return count;
    }
}
