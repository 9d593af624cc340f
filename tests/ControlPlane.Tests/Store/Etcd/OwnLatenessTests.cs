using Mesh.ControlPlane.Store.Etcd;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.ControlPlane.Tests.Store.Etcd;

/// <summary>A queue whose turns the test gives, where the product has the thread pool's.</summary>
public sealed class OwnLatenessTests
{
    [Fact]
    public void A_queue_that_is_late_is_known_of_while_it_is_and_until_it_was_quick_again()
    {
        var time = new FakeTimeProvider();
        var lateness = new OwnLateness(time);
        var queue = new Turns();
        var former = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(queue);
        try
        {
            Assert.Equal(TimeSpan.Zero, lateness.Now);

            var late = lateness.MeasureAsync();
            queue.Give(3);
            time.Advance(TimeSpan.FromSeconds(5));
            Assert.Equal(TimeSpan.FromSeconds(5), lateness.Now);
            time.Advance(TimeSpan.FromSeconds(1));
            queue.Give(AnswerLimit.Turns);
            Assert.True(late.IsCompletedSuccessfully);
            time.Advance(TimeSpan.FromSeconds(20));
            Assert.Equal(TimeSpan.FromSeconds(6), lateness.Now);

            var quick = lateness.MeasureAsync();
            Assert.Equal(TimeSpan.FromSeconds(6), lateness.Now);
            queue.Give(AnswerLimit.Turns);
            Assert.True(quick.IsCompletedSuccessfully);
            Assert.Equal(TimeSpan.Zero, lateness.Now);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(former);
        }
    }

    private sealed class Turns : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Callback, object? State)> _waiting = new();

        public override void Post(SendOrPostCallback d, object? state) => _waiting.Enqueue((d, state));

        public void Give(int turns)
        {
            while (turns-- > 0 && _waiting.TryDequeue(out var next))
            {
                next.Callback(next.State);
            }
        }
    }
}
