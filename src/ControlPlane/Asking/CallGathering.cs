using Mesh.ControlPlane.Streams;
using Mesh.V1;

namespace Mesh.ControlPlane.Asking;

/// <summary>The answers to one question, as they come. Any thread.</summary>
internal sealed class CallGathering(IReadOnlyList<NodeStream> asked)
{
    /// <summary>Clients accept 4 MiB.</summary>
    private const int MostBytes = 3 * 1024 * 1024;

    /// <summary>Of those that do not answer.</summary>
    private const int MostNamed = 100;

    private readonly Lock _lock = new();
    private readonly HashSet<NodeStream> _missing = [.. asked];
    private readonly TaskCompletionSource _whole = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FindCallsResponse _response = new() { Asked = (uint)asked.Count };
    private int _bytes;
    private bool _isClosed;

    /// <summary>Completes when all have answered.</summary>
    public Task Whole => _whole.Task;

    public void Ask(CallQuestion question)
    {
        foreach (var stream in asked)
        {
            stream.Ask(question);
        }

        CheckWhole();
    }

    public void Add(NodeStream stream, SidecarCalls calls)
    {
        var size = calls.CalculateSize();
        lock (_lock)
        {
            if (_isClosed || !_missing.Remove(stream))
            {
                return; // it was not asked, has answered, or comes too late
            }

            if (_bytes + size > MostBytes)
            {
                _response.LeftOut++;
            }
            else if (calls.Calls.Count > 0 || calls.Unapplied.Count > 0)
            {
                // Who it is we know better than it does.
                calls.Service = stream.Hello.Service;
                calls.InstanceId = stream.Hello.InstanceId;
                _bytes += size;
                _response.Sidecars.Add(calls);
            }
        }

        CheckWhole();
    }

    /// <summary>What has come; no more is taken.</summary>
    public FindCallsResponse Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            _response.Silent.Add(_missing.Select(stream => stream.Name).Order(StringComparer.Ordinal).Take(MostNamed));
            return _response;
        }
    }

    private void CheckWhole()
    {
        bool isWhole;
        lock (_lock)
        {
            isWhole = _missing.Count == 0;
        }

        if (isWhole)
        {
            _whole.TrySetResult();
        }
    }
}
