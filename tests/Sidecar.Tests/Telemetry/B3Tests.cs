using System.Text;
using Mesh.Sidecar.Telemetry.Tracing;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Tests.Telemetry;

public sealed class B3Tests
{
    [Theory]
    [InlineData("80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90", true)]
    [InlineData("80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1", true)]
    [InlineData("80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-d", true)]
    [InlineData("80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-0", false)]
    [InlineData("80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1", null)]
    public void The_single_header_is_read(string header, bool? sampled)
    {
        Assert.True(B3.TryRead(Head(("b3", header)), out var context));
        Assert.Equal(new TraceContext(0x80f198ee56343ba8, 0x64fe8b2a57d3eff7, 0xe457b5a2e4d86bd1, sampled), context);
    }

    [Fact]
    public void A_trace_id_of_64_bits_is_the_lower_half()
    {
        Assert.True(B3.TryRead(Head(("b3", "64fe8b2a57d3eff7-e457b5a2e4d86bd1-1")), out var context));
        Assert.Equal(new TraceContext(0, 0x64fe8b2a57d3eff7, 0xe457b5a2e4d86bd1, true), context);
    }

    [Theory]
    [InlineData("0", false)]
    [InlineData("1", true)]
    [InlineData("d", true)]
    public void The_decision_may_come_alone(string header, bool sampled)
    {
        Assert.True(B3.TryRead(Head(("b3", header)), out var context));
        Assert.False(context.HasIds);
        Assert.Equal(sampled, context.IsSampled);
    }

    [Theory]
    [InlineData("1", null, true)]
    [InlineData("0", null, false)]
    [InlineData("true", null, true)]
    [InlineData("false", null, false)]
    [InlineData(null, null, null)]
    [InlineData(null, "1", true)]
    public void The_several_headers_are_read(string? sampled, string? flags, bool? expected)
    {
        var head = Head(("x-b3-traceid", "80f198ee56343ba864fe8b2a57d3eff7"), ("x-b3-spanid", "e457b5a2e4d86bd1"));
        if (sampled is not null)
        {
            head.Add("x-b3-sampled"u8, Encoding.ASCII.GetBytes(sampled));
        }

        if (flags is not null)
        {
            head.Add("x-b3-flags"u8, Encoding.ASCII.GetBytes(flags));
        }

        Assert.True(B3.TryRead(head, out var context));
        Assert.Equal(new TraceContext(0x80f198ee56343ba8, 0x64fe8b2a57d3eff7, 0xe457b5a2e4d86bd1, expected), context);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2")]
    [InlineData("-")]
    [InlineData("80f198ee56343ba864fe8b2a57d3eff7")]
    [InlineData("80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-")]
    [InlineData("80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-2")]
    [InlineData("80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1x05e3ac9a4f6e3b90")]
    [InlineData("80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd")]
    [InlineData("80f198ee56343ba8-0000000000000000-1")]
    [InlineData("0000000000000000-e457b5a2e4d86bd1-1")]
    [InlineData("zzf198ee56343ba8-e457b5a2e4d86bd1-1")]
    public void What_is_ill_formed_is_ignored(string header)
    {
        Assert.False(B3.TryRead(Head(("b3", header)), out _));
    }

    [Fact]
    public void Nothing_is_nothing()
    {
        Assert.False(B3.TryRead(Head(), out _));
        Assert.False(B3.TryRead(Head(("x-b3-traceid", "80f198ee56343ba864fe8b2a57d3eff7")), out _));
    }

    private static HeaderList Head(params (string Name, string Value)[] fields)
    {
        var head = new HeaderList();
        foreach (var (name, value) in fields)
        {
            head.Add(Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(value));
        }

        return head;
    }
}
