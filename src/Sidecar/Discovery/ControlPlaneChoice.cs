using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// Which control plane of the list is used: one for all that the sidecar has to say, so that its registration and what it is told go by the same
/// state. Each sidecar ranks the list in an order of its own, so that all of them spread over those that share a store, and a sidecar that comes
/// back finds the one it was at. Any thread.
/// </summary>
internal sealed class ControlPlaneChoice
{
    private readonly Lock _gate = new();
    private readonly Uri[] _ranked;
    private readonly StoreGuard _stores;
    private TaskCompletionSource _chosen = Completed();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Uri _current;
    private Uri? _suggested;
    private bool _hasRegistrar;

    /// <param name="urls">As they are listed.</param>
    /// <param name="identity">Who ranks them; empty keeps the order of the list.</param>
    /// <param name="stores">Knows which are refused.</param>
    public ControlPlaneChoice(Uri[] urls, string identity, StoreGuard stores)
    {
        _stores = stores;
        _current = urls[0];
        _ranked = identity.Length == 0 ? urls : [.. urls.OrderByDescending(url => Weight(identity, url))];
    }

    /// <summary>Completes when all have been asked, or had time to answer.</summary>
    public Task Chosen => Volatile.Read(ref _chosen).Task;

    /// <summary>The one in use, or tried first.</summary>
    public Uri Current
    {
        get
        {
            lock (_gate)
            {
                return _current;
            }
        }
    }

    /// <summary>Where the registration is to be: the one in use, or one that is to be.</summary>
    public Uri Wanted
    {
        get
        {
            lock (_gate)
            {
                return _suggested ?? _current;
            }
        }
    }

    /// <summary>Completes when <see cref="Wanted"/> or <see cref="Current"/> is another one than now.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
            {
                return _changed.Task;
            }
        }
    }

    /// <summary>The one to be at when all are there.</summary>
    public Uri Best => Array.Find(_ranked, url => !_stores.IsRefused(url)) ?? Current;

    /// <summary>All that may be used, in the order in which they are tried.</summary>
    public IReadOnlyList<Uri> InOrder
    {
        get
        {
            var current = Current;
            Uri[] usable = [.. _ranked.Where(url => url != current).Prepend(current).Where(url => !_stores.IsRefused(url))];
            return usable.Length == 0 ? [current] : usable;
        }
    }

    /// <summary>From now on nobody is to begin before <see cref="Choose"/>.</summary>
    public void Begin() => Volatile.Write(ref _chosen, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>All have been asked.</summary>
    /// <param name="answered">Those that go by our store.</param>
    public void Choose(IReadOnlyCollection<Uri> answered)
    {
        if (Array.Find(_ranked, answered.Contains) is { } best)
        {
            MoveTo(best);
        }

        Volatile.Read(ref _chosen).TrySetResult();
    }

    /// <summary>There is a registration, which goes first: where it is refused nothing else moves to.</summary>
    public void HasRegistrar()
    {
        lock (_gate)
        {
            _hasRegistrar = true;
        }
    }

    /// <summary>This one answers, and is in use.</summary>
    public void MoveTo(Uri url)
    {
        lock (_gate)
        {
            if (_current == url && _suggested is null)
            {
                return;
            }

            (_current, _suggested) = (url, null);
            Change();
        }
    }

    /// <summary>This one answers, and would be better.</summary>
    public void Suggest(Uri url)
    {
        lock (_gate)
        {
            if (_current == url || _suggested == url)
            {
                return;
            }

            if (_hasRegistrar)
            {
                _suggested = url;
            }
            else
            {
                _current = url;
            }

            Change();
        }
    }

    /// <summary>It did not take the registration: things stay as they are.</summary>
    public void Decline(Uri url)
    {
        lock (_gate)
        {
            if (_suggested == url)
            {
                _suggested = null;
            }
        }
    }

    private static TaskCompletionSource Completed()
    {
        var completed = new TaskCompletionSource();
        completed.SetResult();
        return completed;
    }

    // Rendezvous hashing (Thaler, Ravishankar, "A Name-Based Mapping Scheme for Rendezvous", 1996).
    private static ulong Weight(string identity, Uri url) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{identity}\n{url.GetLeftPart(UriPartial.Authority)}")));

    private void Change()
    {
        var former = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        former.SetResult();
    }
}
