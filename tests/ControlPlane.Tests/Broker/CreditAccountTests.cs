using Mesh.ControlPlane.Broker;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Broker;

public sealed class CreditAccountTests
{
    [Fact]
    public async Task Who_waits_goes_on_when_both_messages_and_bytes_are_granted()
    {
        var credit = new CreditAccount(new Credit { Messages = 1, Bytes = 10 });
        Assert.True(await credit.WaitAsync(default));
        credit.Spend(25);
        var waiting = credit.WaitAsync(default).AsTask();
        credit.Grant(new Credit { Messages = 1 });
        Assert.False(waiting.IsCompleted);
        credit.Grant(new Credit { Bytes = 16 });
        Assert.True(await waiting);
        Assert.Equal((1, 1), (credit.Messages, credit.Bytes));
    }

    [Fact]
    public async Task Who_has_spent_all_and_gets_no_more_does_not_wait()
    {
        var credit = new CreditAccount(new Credit { Messages = 1 });
        Assert.Equal(long.MaxValue, credit.Bytes);
        credit.Spend(1);
        var waiting = credit.WaitAsync(default).AsTask();
        credit.Close();
        Assert.False(await waiting);
    }

    [Fact]
    public async Task No_sum_runs_over()
    {
        var credit = new CreditAccount(null);
        for (var i = 0; i < 10; i++)
        {
            credit.Grant(new Credit { Messages = uint.MaxValue, Bytes = ulong.MaxValue });
        }

        Assert.True(credit.Messages > 0);
        Assert.True(await credit.WaitAsync(default));
    }
}
