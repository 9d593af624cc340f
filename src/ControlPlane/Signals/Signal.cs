using System.Threading.Channels;

namespace Mesh.ControlPlane.Signals;

/// <summary>Wakes one waiter, once for any number of calls made since it last woke. Any thread sets, one waits.</summary>
internal sealed class Signal
{
    private readonly Channel<bool> _set = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Set() => _set.Writer.TryWrite(true);

    public async ValueTask WaitAsync(CancellationToken cancellation) => await _set.Reader.ReadAsync(cancellation);
}
