using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Mesh.ControlPlane.Shares;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.ControlPlane.Api.Reading;

/// <summary>
/// The body of a call, whose reader leaves what it has read where it is until a message is whole. What is left so takes of shares
/// that others take of as well, and not for ever. One reader at a time.
/// </summary>
internal sealed class BoundedBody(PipeReader body, Share[] shares, TimeProvider time) : PipeReader, IRequestBodyPipeFeature
{
    // Heartbeats and most else come whole, or nearly: they do not depend on what others do.
    private const long Free = 16 * 1024;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private ReadOnlySequence<byte> _read;
    private long _taken;
    private long _since;
    private Share? _spent;

    public PipeReader Reader => this;

    /// <exception cref="RpcException">There is no room for more of a message, or it is not whole in time.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_spent is { } spent)
        {
            throw Faults.Exhausted($"messages that have not come whole hold as much as they may, {spent.Most} bytes: send fewer large ones at once");
        }

        var result = _taken == 0 ? await body.ReadAsync(cancellationToken) : await WithinAsync(cancellationToken);
        _read = result.Buffer;
        return result;
    }

    public override bool TryRead(out ReadResult result)
    {
        var isRead = body.TryRead(out result);
        _read = result.Buffer;
        return isRead;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        Settle(_read.Slice(consumed).Length);
        _read = default;
        body.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => body.CancelPendingRead();

    public override void Complete(Exception? exception = null) => body.Complete(exception);

    /// <summary>The call is over.</summary>
    public void Release() => Give(_taken);

    private void Settle(long left)
    {
        var toTake = Math.Max(0, left - Free) - _taken;
        if (toTake <= 0)
        {
            Give(-toTake);
            return;
        }

        if (_taken == 0)
        {
            _since = time.GetTimestamp();
        }

        _spent = Share.Hold(shares, toTake);
        if (_spent is not null)
        {
            return;
        }

        _taken += toTake;
    }

    private void Give(long bytes)
    {
        Share.Release(shares, bytes);
        _taken -= bytes;
    }

    private async ValueTask<ReadResult> WithinAsync(CancellationToken cancellation)
    {
        var left = Longest - time.GetElapsedTime(_since);
        using var late = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            return await body.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw Faults.Of(StatusCode.DeadlineExceeded, $"the message did not come whole within {Longest.TotalSeconds} s");
        }
    }
}
