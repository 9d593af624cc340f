using Mesh.Sidecar.Discovery.Services;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// The services that a control plane is asked for, and what says so on the stream there is. They outlive the streams: each begins
/// with all of them. Any thread.
/// </summary>
/// <param name="directory">Knows what is called.</param>
/// <param name="intake">Knows what we have of them already.</param>
/// <param name="channels">Know which store that is of.</param>
/// <param name="declared">The services that are known to be called.</param>
internal sealed class Subscriptions(ServiceDirectory directory, ResourceIntake intake, ControlPlaneChannels channels, IEnumerable<string> declared)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _services = new(declared, StringComparer.Ordinal);
    private Outgoing? _outgoing;

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _services.Count == 0;
            }
        }
    }

    /// <summary>A stream is there, which is told of all; null if it is gone.</summary>
    public void Begin(Outgoing? outgoing)
    {
        lock (_gate)
        {
            _outgoing = outgoing;
            if (outgoing is not null && _services.Count > 0)
            {
                var all = RequestFor(_services);
                all.Subscribe.StoreId = channels.Stores.Store ?? "";
                all.Subscribe.Known.Add(intake.Known(_services, all.Subscribe.StoreId));
                outgoing.Add(all);
            }
        }
    }

    public void Add(string service)
    {
        lock (_gate)
        {
            _services.Add(service);
            _outgoing?.Add(RequestFor([service]));
        }
    }

    /// <summary>In one with the directory's, so that who calls one again is not unsubscribed after having subscribed.</summary>
    public void Remove(IReadOnlyList<string> services)
    {
        lock (_gate)
        {
            directory.Unwant(services);
            _services.ExceptWith(services);
            _outgoing?.Add(new Api.DiscoveryRequest { Unsubscribe = new Api.Unsubscribe { Services = { services } } });
        }
    }

    private static Api.DiscoveryRequest RequestFor(IEnumerable<string> services)
    {
        var request = new Api.DiscoveryRequest { Subscribe = new Api.Subscribe() };
        request.Subscribe.Services.Add(services);
        return request;
    }
}
