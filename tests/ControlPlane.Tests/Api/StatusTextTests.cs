using System.Text;
using Grpc.Core;
using Mesh.ControlPlane.Api;

namespace Mesh.ControlPlane.Tests.Api;

public sealed class StatusTextTests
{
    [Theory]
    [InlineData("e", 5000)]
    [InlineData("é", 1000)]
    [InlineData("語", 600)]
    [InlineData("%", 2000)]
    public void What_fits_is_as_it_was(string piece, int count)
    {
        var text = string.Concat(Enumerable.Repeat(piece, count));
        Assert.Equal(text, StatusText.Fit(text));
    }

    [Theory]
    [InlineData("e")]
    [InlineData("é")]
    [InlineData("語")]
    [InlineData("🙂")]
    [InlineData("%\n")]
    public void What_would_be_too_long_encoded_is_cut_between_characters(string piece)
    {
        var fit = StatusText.Fit("a" + string.Concat(Enumerable.Repeat(piece, 7000)));
        Assert.EndsWith("...", fit, StringComparison.Ordinal);
        Assert.InRange(StatusText.EncodedLength(fit), StatusText.MaxEncoded - 40, StatusText.MaxEncoded);
        Assert.DoesNotContain('\ufffd', Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(fit)));
    }

    [Fact]
    public void Of_many_faults_as_many_are_said_as_fit_and_how_many_are_not()
    {
        var fault = Faults.Invalid([.. Enumerable.Range(0, 500).Select(i => $"field[{i}]: 'éééééééééé' is nothing")]);
        var lines = fault.Status.Detail.Split('\n');
        Assert.InRange(lines.Length, 20, 100);
        Assert.Equal($"and {500 - (lines.Length - 1)} more", lines[^1]);
        Assert.InRange(StatusText.EncodedLength(fault.Status.Detail), 1, StatusText.MaxEncoded);
    }

    [Fact]
    public async Task Names_of_two_kilobytes_are_quoted_in_part_and_the_code_is_the_right_one()
    {
        await using var plane = await TestPlane.StartAsync();
        var name = new string('é', 2048);
        var longest = string.Concat(Enumerable.Repeat("é\n", 200_000));
        Func<Task>[] calls =
        [
            async () => await plane.Config.ApplyAsync(new() { Resources = { Make.Config(name) } }),
            async () => await plane.Config.ApplyAsync(new() { Resources = { Enumerable.Range(0, 100).Select(i => Make.Config($"{i}{name}")) } }),
            async () => await plane.Config.ApplyAsync(new() { Resources = { Make.Config("orders") }, Author = longest }),
            async () => await plane.Config.DeleteAsync(new() { Service = longest, AllowMissing = true }),
            async () => await plane.Registry.ListServicesAsync(new() { PageToken = longest }),
            async () => await plane.RegisterAsync(Make.Register(service: name)),
            async () => await plane.RegisterAsync(Make.Register(id: longest)),
            async () =>
            {
                using var watch = plane.Registry.Watch(new() { Services = { longest } });
                await watch.ResponseStream.MoveNext();
            },
            async () =>
            {
                using var stream = plane.Discovery.Connect();
                await stream.RequestStream.WriteAsync(new() { Hello = new() { Service = name, InstanceId = longest } });
                await stream.ResponseStream.MoveNext();
            },
        ];
        foreach (var call in calls)
        {
            var refused = await Assert.ThrowsAsync<RpcException>(call);
            Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
            Assert.InRange(StatusText.EncodedLength(refused.Status.Detail), 10, StatusText.MaxEncoded);
        }

        Func<Task>[] unknown =
        [
            async () => await plane.Config.GetAsync(new() { Service = longest }),
            async () => await plane.Registry.GetServiceAsync(new() { Name = longest }),
            async () => await plane.Registry.DeregisterAsync(new() { Service = longest, InstanceId = longest }),
        ];
        foreach (var call in unknown)
        {
            var refused = await Assert.ThrowsAsync<RpcException>(call);
            Assert.Equal(StatusCode.NotFound, refused.StatusCode);
            Assert.InRange(StatusText.EncodedLength(refused.Status.Detail), 10, 3000);
        }
    }
}
