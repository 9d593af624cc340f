using Mesh.Integration.Processes;

namespace Mesh.Foreign;

/// <summary>What protos/ says is well-formed, and nobody who was built against it is left behind.</summary>
public sealed class ProtoRulesTests : IAsyncLifetime
{
    private const string Landed = "landed.binpb";

    private static readonly string Protos = Path.Combine(Executables.Repository, "protos");

    public Task InitializeAsync() => NodeModules.Buf.EnsureAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>The rules, and why some are off, stand in protos/buf.yaml.</summary>
    [Fact]
    public async Task The_protos_keep_their_rules() => Assert.Equal("", await ComplaintsAsync("lint", Protos));

    [Fact]
    public async Task The_protos_are_formatted() => Assert.Equal("", await ComplaintsAsync("format", "--diff", "--exit-code", Protos));

    [Fact]
    public async Task Nothing_that_has_landed_is_broken() =>
        Assert.Equal("", await ComplaintsAsync("breaking", Protos, "--against", Path.Combine(Protos, Landed)));

    /// <summary>Else what was added since could be broken without a word.</summary>
    [Fact]
    public async Task What_has_landed_is_what_stands_here()
    {
        var built = Path.Combine(Path.GetTempPath(), $"{Path.GetRandomFileName()}.binpb");
        try
        {
            Assert.Equal("", await ComplaintsAsync("build", "--exclude-source-info", "--output", built, Protos));
            var same = File.ReadAllBytes(built).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(Protos, Landed)));
            Assert.True(same, $"The protos have changed: in protos/ run 'npx @bufbuild/buf build --exclude-source-info -o {Landed}' and commit it with them.");
        }
        finally
        {
            File.Delete(built);
        }
    }

    private static async Task<string> ComplaintsAsync(params string[] arguments)
    {
        await using var buf = MeshProcess.Start("buf", "node", [Path.Combine(NodeModules.Buf.Modules, "@bufbuild", "buf", "bin", "buf"), .. arguments], []);
        return await buf.ExitCodeAsync() == 0 ? "" : string.Join('\n', buf.Output.Concat(buf.Errors));
    }
}
