using Mesh.Hosting;
using Mesh.Sidecar.Discovery.Kinds;

namespace Mesh.Sidecar.Registration;

/// <summary>How the registration stands: what operators read, and what the log says when that changes. One thread reports; any reads.</summary>
internal sealed class RegistrationRecord
{
    private readonly string _name;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly LineLimit _warnings;
    private volatile RegistrationState _state;
    private string _contender = "";

    /// <param name="name">The instance, for people.</param>
    /// <param name="address">How others reach it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told of what changes.</param>
    public RegistrationRecord(string name, HostPort address, TimeProvider time, Log log)
    {
        _name = name;
        _time = time;
        _log = log;
        _warnings = new LineLimit(log, time);
        _state = new RegistrationState(false, time.GetUtcNow(), address.ToString(), null, null);
    }

    public RegistrationState State => _state;

    /// <summary>It was registered at some time.</summary>
    public bool WasRegistered { get; private set; }

    public void OnRegistered(Uri url, TimeSpan ttl)
    {
        WasRegistered = true;
        _state = _state with { IsRegistered = true, Since = _time.GetUtcNow(), LeaseTtl = ttl, Refusal = null };
        _log.Info($"registered {_name} at {_state.Address} with {url.GetLeftPart(UriPartial.Authority)}, lease {DurationText.Format(ttl)}");
    }

    /// <summary>Somebody else wants to be this instance.</summary>
    public void OnContender(string address)
    {
        // It tries on, and is told of again and again.
        if (address.Length != 0 && address != _contender)
        {
            _warnings.Warn($"another process, at {ResourceFaults.Short(address)}, wants to register as {_name} too and was refused, since this one is, at {_state.Address}: "
                + "give it another --instance-id");
            _contender = address;
        }
    }

    public void OnLost(string reason, string? refusal)
    {
        var before = _state;
        if (before.IsRegistered)
        {
            _log.Warn($"lost the registration of {_name}: {reason}; registering again");
        }
        else if (before.LastError != reason)
        {
            _log.Warn($"cannot register {_name}: {reason}; trying on");
        }

        _state = before with
        {
            IsRegistered = false,
            Since = before.IsRegistered ? _time.GetUtcNow() : before.Since,
            LastError = reason,
            Refusal = refusal,
        };
    }
}
