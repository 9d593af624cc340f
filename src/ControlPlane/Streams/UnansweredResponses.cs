namespace Mesh.ControlPlane.Streams;

/// <summary>The responses of one stream whose answer is still of interest. Used under the stream's lock.</summary>
internal sealed class UnansweredResponses
{
    /// <summary>A sidecar answers each before the next but a few.</summary>
    private const int Most = 1000;

    private readonly Dictionary<long, SentResponse> _responses = [];

    public int Count => _responses.Count;

    public void Add(SentResponse response)
    {
        _responses.Add(response.Nonce, response);
        // One who never answers is told all the same; the oldest is not waited for any more.
        if (_responses.Count > Most)
        {
            _responses.Remove(_responses.Keys.Min());
        }
    }

    /// <summary>The one that was answered; null if its answer is of no interest.</summary>
    public SentResponse? Remove(long nonce) => _responses.Remove(nonce, out var response) ? response : null;

    /// <summary>A resource is held by another response from now on; null: by none.</summary>
    public void Replace(SentResource sent, SentResponse? by)
    {
        if (sent.Response is { } former)
        {
            former.OnReplaced();
            if (!former.IsOpen)
            {
                _responses.Remove(former.Nonce);
            }
        }

        sent.Response = by;
    }
}
