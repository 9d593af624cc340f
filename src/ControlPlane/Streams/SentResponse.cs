namespace Mesh.ControlPlane.Streams;

/// <summary>A response that was not answered yet, with what it held. Used under the stream's lock.</summary>
internal sealed class SentResponse(long nonce)
{
    private readonly List<SentResource> _resources = [];
    private int _replaced;

    public long Nonce { get; } = nonce;

    /// <summary>Whether the answer is of any interest: not if all that it held was sent again since.</summary>
    public bool IsOpen => _replaced < _resources.Count;

    /// <summary>All that it held; what was sent again since has another <see cref="SentResource.Response"/>.</summary>
    public IReadOnlyList<SentResource> Resources => _resources;

    public void Add(SentResource resource) => _resources.Add(resource);

    public void OnReplaced() => _replaced++;
}
