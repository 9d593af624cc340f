using System.Text;
using Mesh.Sidecar.Telemetry.Tracing;

namespace Mesh.Sidecar.Tests.Telemetry;

public sealed class TraceParentTests
{
    private const string Good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    [Theory]
    [InlineData(Good, true, false)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", false, false)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03", true, true)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe", false, true)]
    [InlineData("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true, false)]
    [InlineData("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-brings", true, false)]
    public void A_well_formed_header_is_read(string header, bool sampled, bool random)
    {
        Assert.True(TraceParent.TryRead(Encoding.ASCII.GetBytes(header), out var context));
        Assert.Equal(0x4bf92f3577b34da6ul, context.TraceHigh);
        Assert.Equal(0xa3ce929d0e0e4736ul, context.TraceLow);
        Assert.Equal(0x00f067aa0ba902b7ul, context.ParentId);
        Assert.Equal(sampled, context.IsSampled);
        Assert.Equal(random, context.IsRandom);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01")]
    [InlineData("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g")]
    [InlineData("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more")]
    [InlineData("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    [InlineData("0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    public void Anything_else_is_ignored_as_a_whole(string header)
    {
        Assert.False(TraceParent.TryRead(Encoding.ASCII.GetBytes(header), out _));
    }

    [Theory]
    [InlineData(Good)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02")]
    public void What_is_written_is_what_was_read(string header)
    {
        Assert.True(TraceParent.TryRead(Encoding.ASCII.GetBytes(header), out var context));
        var written = new byte[TraceParent.Length];
        TraceParent.Write(context, written);
        Assert.Equal(header, Encoding.ASCII.GetString(written));
    }
}
