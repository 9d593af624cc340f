namespace Mesh.Sidecar.Discovery;

/// <summary>
/// Sees to it that all control planes of the list are one: several are for failover, and those that do not share a store each
/// know a part of the mesh. The store of the first that answers is ours. Any thread.
/// </summary>
internal sealed class StoreGuard
{
    private readonly Lock _gate = new();
    private readonly HashSet<Uri> _ours = [];
    private readonly Dictionary<Uri, string> _refused = [];
    private string? _store;

    /// <summary>The store that we go by; null before the first answer.</summary>
    public string? Store
    {
        get
        {
            lock (_gate)
            {
                return _store;
            }
        }
    }

    /// <summary>Those that go by another store, with its id.</summary>
    public IReadOnlyList<KeyValuePair<Uri, string>> Refused
    {
        get
        {
            lock (_gate)
            {
                return [.. _refused];
            }
        }
    }

    /// <summary>One that goes by our store; null before the first answer.</summary>
    public Uri? Ours
    {
        get
        {
            lock (_gate)
            {
                return _ours.FirstOrDefault();
            }
        }
    }

    public bool IsRefused(Uri url)
    {
        lock (_gate)
        {
            return _refused.ContainsKey(url);
        }
    }

    /// <summary>Whether it has never said which store it goes by, or was refused for it.</summary>
    public bool IsInDoubt(Uri url)
    {
        lock (_gate)
        {
            return !_ours.Contains(url);
        }
    }

    /// <summary>A control plane says which store it goes by.</summary>
    /// <param name="url">Where it is.</param>
    /// <param name="storeId">Its store.</param>
    /// <param name="isNews">Whether that was not known of it.</param>
    public Admission Admit(Uri url, string storeId, out bool isNews)
    {
        lock (_gate)
        {
            if (_store is null || _store == storeId)
            {
                _store = storeId;
                _refused.Remove(url);
                isNews = _ours.Add(url);
                return Admission.Admitted;
            }

            if (_ours.Contains(url))
            {
                // The others are judged anew when they next say something.
                isNews = true;
                _store = storeId;
                _ours.Clear();
                _ours.Add(url);
                _refused.Clear();
                return Admission.Replaced;
            }

            isNews = _refused.GetValueOrDefault(url) != storeId;
            _refused[url] = storeId;
            return Admission.Refused;
        }
    }
}
