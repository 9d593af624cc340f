namespace Mesh.ControlPlane.Xds.Serving;

/// <summary>What one stream has asked for of one kind, and what it was sent. Used under the stream's lock.</summary>
internal sealed class XdsSubscription(XdsKind kind)
{
    private List<SentXds> _unanswered = [];

    public XdsKind Kind { get; } = kind;

    /// <summary>By their names.</summary>
    public Dictionary<string, SentXds> Resources { get; } = [];

    /// <summary>Those of them that may have changed, or were never sent.</summary>
    public HashSet<string> Waiting { get; } = [];

    /// <summary>Something was asked for that has had no answer: it gets one even if the last one has not been answered.</summary>
    public bool IsAsked { get; private set; }

    /// <summary>The response sent last is not answered.</summary>
    public bool IsUnanswered { get; private set; }

    /// <summary>Of the response sent last; empty if none was.</summary>
    public string Nonce { get; private set; } = "";

    /// <summary>The greatest that was sent.</summary>
    public long Revision { get; private set; }

    /// <summary>When that was; null if never.</summary>
    public long? SentAt { get; private set; }

    /// <summary>There is something to look at, and it may be sent.</summary>
    public bool IsDue => (Waiting.Count > 0 || IsAsked) && (IsAsked || !IsUnanswered);

    /// <summary>
    /// The client's word: which names it wants, all of them, whatever else it says; and if it is about the last response, what it made of that. Without a nonce
    /// it begins anew, and has nothing, whatever version it names.
    /// </summary>
    /// <returns>The names that it has not had before, and those that it wants no more.</returns>
    public (List<string> Added, List<string> Removed, XdsAnswer Answer) Read(Envoy.DiscoveryRequest request)
    {
        var answer = new XdsAnswer(0, null, IsNews: false);
        if (request.ResponseNonce.Length == 0)
        {
            BeginAnew();
        }
        else if (request.ResponseNonce == Nonce && IsUnanswered)
        {
            answer = Answer(request.ErrorDetail is { } error ? error.Message : null);
        }

        var wanted = request.ResourceNames.ToHashSet(StringComparer.Ordinal);
        var removed = Resources.Keys.Where(name => !wanted.Contains(name)).ToList();
        var added = wanted.Where(name => !Resources.ContainsKey(name)).ToList();
        foreach (var name in removed)
        {
            Resources.Remove(name);
            Waiting.Remove(name);
        }

        return (added, removed, answer);
    }

    /// <summary>These are wanted from now on.</summary>
    public void Add(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            Resources.TryAdd(name, new SentXds());
            Waiting.Add(name);
            IsAsked = true;
        }
    }

    /// <summary>These are looked at now.</summary>
    public (List<string> Names, bool IsAsked) TakeWaiting()
    {
        var taken = (Waiting.ToList(), IsAsked);
        Waiting.Clear();
        IsAsked = false;
        return taken;
    }

    public void OnSent(IReadOnlyList<XdsResource> resources, string nonce, long at)
    {
        (Nonce, SentAt, IsUnanswered) = (nonce, at, true);
        _unanswered = [];
        foreach (var resource in resources)
        {
            Revision = Math.Max(Revision, resource.Revision);
            if (!Resources.TryGetValue(resource.Name, out var sent))
            {
                continue; // not wanted any more
            }

            if (!resource.IsSameAs(sent.Last))
            {
                (sent.IsApplied, sent.Error) = (false, null);
            }

            sent.Last = resource;
            _unanswered.Add(sent);
        }
    }

    private void BeginAnew()
    {
        IsUnanswered = false;
        _unanswered = [];
        foreach (var (name, sent) in Resources)
        {
            (sent.Last, sent.IsApplied, sent.Error) = (null, false, null);
            Waiting.Add(name);
            IsAsked = true;
        }
    }

    // Of several in one response one may be bad: which it is stands in the text, if at all. So all that are new are taken to be rejected.
    private XdsAnswer Answer(string? error)
    {
        var isNews = false;
        foreach (var sent in _unanswered.Where(sent => !sent.IsApplied || error is null))
        {
            isNews |= error is not null && sent.Error != error;
            (sent.IsApplied, sent.Error) = (error is null, error);
        }

        var count = _unanswered.Count;
        (IsUnanswered, _unanswered) = (false, []);
        return new XdsAnswer(count, error, isNews);
    }
}
