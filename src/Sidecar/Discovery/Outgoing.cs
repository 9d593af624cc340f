using System.Threading.Channels;
using Mesh.Sidecar.Discovery.Services;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery;

/// <summary>What waits to be said on a stream. Any thread may add to it; one reads.</summary>
internal sealed class Outgoing
{
    /// <summary>Subscriptions and answers that may wait for a control plane to read them: as many services as there may be, and more.</summary>
    private const int Most = 2 * WantedNames.Most;

    /// <summary>Of the answers: what a control plane sends decides how large they are.</summary>
    private const long MostBytes = 4 * 1024 * 1024;

    private readonly Channel<Api.DiscoveryRequest> _requests = Channel.CreateUnbounded<Api.DiscoveryRequest>(); // one for a single reader does not say how much waits
    private long _bytes;

    /// <summary>It speaks, and does not read what is said to it.</summary>
    public bool IsOverfull => _requests.Reader.Count > Most || Interlocked.Read(ref _bytes) > MostBytes;

    public void Add(Api.DiscoveryRequest request)
    {
        if (request.Ack is not null)
        {
            Interlocked.Add(ref _bytes, request.CalculateSize());
        }

        _requests.Writer.TryWrite(request);
    }

    /// <summary>Says all of it, as it comes, until told to stop.</summary>
    public async Task WriteAsync(Func<Api.DiscoveryRequest, Task> write, CancellationToken end)
    {
        await foreach (var request in _requests.Reader.ReadAllAsync(end))
        {
            await write(request);
            if (request.Ack is not null)
            {
                Interlocked.Add(ref _bytes, -request.CalculateSize());
            }
        }
    }
}
