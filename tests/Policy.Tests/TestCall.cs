using System.Net;
using System.Text;
using Mesh.Policy.Calls;

namespace Mesh.Policy.Tests;

/// <summary>A call as policies see one.</summary>
internal sealed class TestCall(params (string Name, string Value)[] headers) : CallFacts
{
    private readonly (byte[] Name, byte[] Value)[] _headers =
        [.. headers.Select(header => (Encoding.ASCII.GetBytes(header.Name), Encoding.ASCII.GetBytes(header.Value)))];

    private Rng _random = new(1);

    public byte[] PathBytes { get; init; } = "/pkg.Service/Method"u8.ToArray();

    public override ReadOnlySpan<byte> Path => PathBytes;

    public byte[] MethodBytes { get; init; } = "POST"u8.ToArray();

    public override ReadOnlySpan<byte> Method => MethodBytes;

    public override bool IsGrpc => true;

    public override IPAddress? Source { get; } = IPAddress.Loopback;

    public override string? Identity => Caller;

    public string? Caller { get; init; }

    public override long Now => 0;

    public override long StartedAt => 0;

    public override long DeadlineAt => long.MaxValue;

    public override ref Rng Random => ref _random;

    public override bool TryGetHeader(ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value) => TryGetHeader(lowerCaseName, 0, out value);

    public override bool TryGetHeader(ReadOnlySpan<byte> lowerCaseName, int skip, out ReadOnlySpan<byte> value)
    {
        foreach (var header in _headers)
        {
            if (lowerCaseName.SequenceEqual(header.Name) && skip-- == 0)
            {
                value = header.Value;
                return true;
            }
        }

        value = default;
        return false;
    }
}
