using Grpc.Core;
using Mesh.Cli.Load;
using Mesh.Cli.Processes;
using Mesh.Demo.V1;

namespace Mesh.Cli.Tests.Shop;

public sealed class DrainTests
{
    [Fact]
    public async Task At_SIGTERM_a_call_under_way_is_finished_before_the_service_ends()
    {
        await using var users = Start("users", []);
        await users.ReadyAsync(Built.Limit, default);
        var called = KeyValuePair.Create("USERS_ADDRESS", $"http://{users.Listener("grpc")}");
        await using var orders = Start(
            "orders", [called, KeyValuePair.Create("PAYMENTS_ADDRESS", called.Value), KeyValuePair.Create("NOTIFICATIONS_ADDRESS", called.Value)]);
        await orders.ReadyAsync(Built.Limit, default);
        using var channels = ServiceChannels.Direct(new Dictionary<string, string> { ["orders"] = orders.Listener("grpc") });
        using var chat = new Orders.OrdersClient(channels.To("orders")).Chat();
        await chat.RequestStream.WriteAsync(new ChatMessage { From = "me", Text = "one" });
        Assert.True(await chat.ResponseStream.MoveNext());

        orders.Terminate();

        await chat.RequestStream.WriteAsync(new ChatMessage { From = "me", Text = "two" });
        Assert.True(await chat.ResponseStream.MoveNext());
        Assert.Equal("me said: two", chat.ResponseStream.Current.Text);
        await chat.RequestStream.CompleteAsync();
        Assert.False(await chat.ResponseStream.MoveNext());
        Assert.Equal(0, await orders.ExitCodeAsync(Built.Limit));
    }

    private static ChildProcess Start(string service, IEnumerable<KeyValuePair<string, string>> variables) =>
        ChildProcess.Start(service, Built.Executable("mesh-demo"), [service, "--listen", "127.0.0.1:0"], variables);
}
