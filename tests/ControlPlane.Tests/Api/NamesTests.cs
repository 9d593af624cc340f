using Grpc.Core;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Api;

/// <summary>What an instance may be called and say of itself: what the registry takes, every sidecar and every table can use.</summary>
public sealed class NamesTests : IAsyncLifetime
{
    private static readonly string Longest = new('x', 128);

    private TestPlane _plane = null!;

    public async Task InitializeAsync() => _plane = await TestPlane.StartAsync();

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task The_longest_region_and_zone_can_be_used_by_those_who_are_sent_them()
    {
        var register = Make.Register();
        register.Registration.Instance.Locality = new() { Region = Longest, Zone = Longest };
        using var registered = await _plane.RegisterAsync(register);
        using var call = _plane.Discovery.Connect(cancellationToken: Bound.Token());
        await call.RequestStream.WriteAsync(new() { Hello = new() });
        await call.RequestStream.WriteAsync(new() { Subscribe = new() { Services = { "orders" } } });
        Resource? sent = null;
        while (sent is null && await call.ResponseStream.MoveNext(Bound.Token()))
        {
            sent = call.ResponseStream.Current.Resources.SingleOrDefault(resource => resource.Kind == "endpoints");
        }

        var endpoint = Assert.Single(ServiceEndpoints.Parser.ParseFrom(sent!.Body).Endpoints);
        Assert.Equal($"{Longest}/{Longest}", endpoint.Locality);
        // As a sidecar checks it.
        Assert.Empty(StaticFileValidation.Validate(new() { Services = { new StaticService { Name = "orders", Endpoints = { endpoint } } } }));
    }

    [Theory]
    [InlineData("eu/west/1", "", "instance.locality.region: 'eu/west/1' has a '/'")]
    [InlineData("eu", "a/b", "instance.locality.zone: 'a/b' has a '/'")]
    [InlineData("eu", "a\u2028b", "instance.locality.zone: has a character that is not for printing (U+2028)")]
    public async Task A_locality_no_sidecar_could_read_is_refused(string region, string zone, string fault)
    {
        var register = Make.Register();
        register.Registration.Instance.Locality = new() { Region = region, Zone = zone };
        await AssertRefusedAsync(register, fault);
    }

    [Theory]
    [InlineData("a\u2028orders-2  10.0.0.9:80  HEALTHY")]
    [InlineData("a\u2029b")]
    [InlineData("a\u202eb")]
    [InlineData("a\u2066b")]
    [InlineData("a\u001b]0;x\u0007")]
    public async Task Text_that_would_forge_rows_is_no_id_and_no_label(string text)
    {
        await AssertRefusedAsync(Make.Register(id: text), "instance.id: has a ");
        foreach (var set in new Action<Instance>[]
        {
            instance => instance.Version = text,
            instance => instance.StatusReason = text,
            instance => instance.Metadata["k"] = text,
            instance => instance.Metadata[text] = "v",
        })
        {
            var register = Make.Register();
            set(register.Registration.Instance);
            await AssertRefusedAsync(register, "instance.");
        }

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await _plane.Config.ApplyAsync(new() { Resources = { Make.Config("orders") }, Author = text }));
        Assert.StartsWith("author: has a ", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("::1%\r\n")]
    [InlineData("::1%\u001b")]
    [InlineData("::1%\0")]
    [InlineData("::1%\u009b")]
    [InlineData("::1%\u202e")]
    [InlineData("fe80::1%eth 0")]
    public async Task A_zone_of_an_address_is_letters_digits_and_little_else(string address)
    {
        var register = Make.Register();
        register.Registration.Instance.Address = address;
        await AssertRefusedAsync(register, "instance.address: '");
    }

    private async Task AssertRefusedAsync(RegisterRequest register, string fault)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => _plane.RegisterAsync(register));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.StartsWith(fault, refused.Status.Detail, StringComparison.Ordinal);
        Assert.All(refused.Status.Detail.Where(char.IsControl), c => Assert.Equal('\n', c));
        Assert.DoesNotContain(refused.Status.Detail, c => c is '\u2028' or '\u2029' or '\u202e' or '\u2066');
    }
}
