using System.Net;
using System.Text;
using Mesh.Policy;
using Mesh.Policy.Calls;

namespace Mesh.Cli.Verbs;

/// <summary>A call that nobody makes, for decisions to be asked of it.</summary>
/// <param name="identity">Whose; null of one without.</param>
/// <param name="method">HTTP's.</param>
/// <param name="path">Its path.</param>
internal sealed class AskedCall(string? identity, string method, string path) : CallFacts
{
    private readonly byte[] _method = Encoding.UTF8.GetBytes(method);
    private readonly byte[] _path = Encoding.UTF8.GetBytes(path);
    private Rng _random = new(1);

    public override ReadOnlySpan<byte> Path => _path;

    public override ReadOnlySpan<byte> Method => _method;

    public override bool IsGrpc => false;

    public override IPAddress? Source => null;

    public override string? Identity => identity;

    public override long Now => 0;

    public override long StartedAt => 0;

    public override long DeadlineAt => long.MaxValue;

    public override ref Rng Random => ref _random;

    public override bool TryGetHeader(ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value) => TryGetHeader(lowerCaseName, 0, out value);

    public override bool TryGetHeader(ReadOnlySpan<byte> lowerCaseName, int skip, out ReadOnlySpan<byte> value)
    {
        value = default;
        return false;
    }
}
