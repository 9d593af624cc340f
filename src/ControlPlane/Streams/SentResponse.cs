namespace Mesh.ControlPlane.Streams;

/// <summary>A response that was not answered yet, with what it held. Used under the stream's lock.</summary>
internal sealed class SentResponse(long nonce)
{
    private readonly List<SentResource> _resources = [];
    private int _replaced;

    public long Nonce { get; } = nonce;

    /// <summary>Whether the answer is of any interest: not if all that it held was sent again since.</summary>
    public bool IsOpen => _replaced < _resources.Count;

    /// <summary>Those that were not sent again since.</summary>
    public IEnumerable<SentResource> Resources => _resources.Where(resource => resource.Response == this);

    public void Add(SentResource resource) => _resources.Add(resource);

    public void OnReplaced() => _replaced++;
}
