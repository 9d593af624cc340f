using Api = Mesh.V1;

namespace Mesh.Sidecar.Identity;

/// <summary>
/// Who this sidecar is and whom it believes, as of now, for whoever makes or takes connections. Any thread may read it; one at a time
/// changes it by <see cref="Take(WorkloadIdentity, Api.TrustBundle)"/> or <see cref="TakeBundle"/>.
/// </summary>
internal sealed class OwnTrust(TimeProvider time)
{
    private readonly Lock _lock = new();
    private volatile TrustView? _current;

    /// <summary>The newest that the control plane has said; it may come before the answer to what was asked earlier.</summary>
    private Api.TrustBundle? _told;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Null until there is an identity.</summary>
    public TrustView? Current => _current;

    /// <summary>Completes at the next change of <see cref="Current"/>: to be taken before that is looked at.</summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
            {
                return _changed.Task;
            }
        }
    }

    /// <summary>A certificate was issued.</summary>
    /// <param name="identity">It, and its key.</param>
    /// <param name="bundle">That came with it; a newer one that is known stays.</param>
    public void Take(WorkloadIdentity identity, Api.TrustBundle bundle)
    {
        lock (_lock)
        {
            var told = _told;
            Set(new TrustView(identity, told is not null && told.Version > bundle.Version && identity.RestsOn(told.Anchors, time.GetUtcNow()) ? told : bundle));
        }
    }

    /// <summary>The control plane says whom to believe.</summary>
    /// <returns>Why that cannot be right; null if it holds from now on, or a newer one does.</returns>
    public string? TakeBundle(Api.TrustBundle bundle)
    {
        lock (_lock)
        {
            if (_current is not { } current)
            {
                _told = _told?.Version > bundle.Version ? _told : bundle;
                return null;
            }

            if (bundle.Version <= current.Bundle.Version)
            {
                return null;
            }

            if (bundle.TrustDomain != current.Bundle.TrustDomain)
            {
                return $"trust_domain: is '{PrintableText.Of(bundle.TrustDomain, 64)}', and this sidecar's identity is of '{current.Bundle.TrustDomain}'";
            }

            // A control plane that has lost its store has another authority: who believed it would be shut out by all others.
            if (!current.Identity.RestsOn(bundle.Anchors, time.GetUtcNow()) && time.GetUtcNow() < current.Identity.NotAfter)
            {
                return "anchors: this sidecar's own certificate leads to none of them";
            }

            Set(current with { Bundle = bundle });
            return null;
        }
    }

    private void Set(TrustView next)
    {
        _current = next;
        _told = next.Bundle;
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }
}
