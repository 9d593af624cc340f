using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using Mesh.Policy.Routing;

namespace Mesh.Bench.Micro.Policies;

/// <summary>
/// Finding a call's route among many: by its whole path, by the last of as many prefixes, and by a header. The first does
/// not grow with their number.
/// </summary>
[MemoryDiagnoser]
public class RouteBenchmarks
{
    private RouteTable _exact = RouteTable.Empty;
    private RouteTable _prefixes = RouteTable.Empty;
    private RouteTable _byHeader = RouteTable.Empty;
    private byte[] _path = [];

    [Params(1, 10, 1_000)]
    public int Routes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _path = Encoding.ASCII.GetBytes(Path(Routes - 1));
        _exact = Table(i => new RouteMatchOptions { Exact = Path(i) });
        _prefixes = Table(i => new RouteMatchOptions { Prefix = Path(i) });
        _byHeader = Table(i => new RouteMatchOptions { Exact = Path(i), Headers = [new HeaderMatchOptions { Name = "x-tenant", Exact = "blue" }] });
    }

    [Benchmark]
    public int Exact() => _exact.Match(_path, "POST"u8, new OneHeader());

    [Benchmark]
    public int LastPrefix() => _prefixes.Match(_path, "POST"u8, new OneHeader());

    [Benchmark]
    public int ExactAndHeader() => _byHeader.Match(_path, "POST"u8, new OneHeader());

    private RouteTable Table(Func<int, RouteMatchOptions> match) => new(
        [.. Enumerable.Range(0, Routes).Select(i => new RouteOptions { Name = i.ToString(CultureInfo.InvariantCulture), Match = match(i) })]);

    private static string Path(int i) => string.Create(CultureInfo.InvariantCulture, $"/shop.v1.Orders/Method{i:0000}");

    private readonly struct OneHeader : IRouteHeaders
    {
        public bool TryGet(ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value)
        {
            value = "blue"u8;
            return lowerCaseName.SequenceEqual("x-tenant"u8);
        }
    }
}
