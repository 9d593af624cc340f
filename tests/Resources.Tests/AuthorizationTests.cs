using Mesh.Policy.Authorization;
using Mesh.V1;

namespace Mesh.Resources.Tests;

/// <summary>Rules of authorization as people write them.</summary>
public sealed class AuthorizationTests
{
    [Fact]
    public void What_is_written_is_what_holds()
    {
        var options = Read("{name: n, dry_run: true, allow: [{identities: [web, 'order-*', '*', 'spiffe://a.b/service/c'], paths: ['/a/*', '*'], methods: [GET]}], deny: [{name: no, headers: [{name: x-a, prefix: b}]}]}");
        Assert.Equal(("n", true), (options.Name, options.IsDryRun));
        var allow = Assert.Single(options.Allow);
        Assert.Equal("allow-1", allow.Name);
        Assert.Equal("web order-* * spiffe://a.b/service/c", string.Join(' ', allow.Identities));
        Assert.Equal(("/a/* *", "GET"), (string.Join(' ', allow.Paths), string.Join(' ', allow.Methods)));
        var deny = Assert.Single(options.Deny);
        Assert.Equal(("no", "x-a", "b"), (deny.Name, deny.Headers[0].Name, deny.Headers[0].Prefix));
    }

    [Theory]
    [InlineData("{allow: [{}]}", "inbound.authorization.allow[0]: has no condition and takes every call; give it one (paths: [/*] is every call)")]
    [InlineData("{allow: [{identities: [Web]}]}", "inbound.authorization.allow[0].identities[0]: 'Web' is no service's name, no beginning of one (order-*), no SPIFFE id and not *")]
    [InlineData("{allow: [{identities: ['spiffe://A/b']}]}", "inbound.authorization.allow[0].identities[0]: 'spiffe://A/b' is no service's name")]
    [InlineData("{deny: [{methods: [get]}]}", "inbound.authorization.deny[0].methods[0]: 'get' is no HTTP method; write it like GET")]
    [InlineData("{deny: [{paths: [a]}]}", "inbound.authorization.deny[0].paths[0]: 'a' does not begin with '/'")]
    [InlineData("{deny: [{paths: ['/a*b']}]}", "inbound.authorization.deny[0].paths[0]: '/a*b' has a * that is not at its end, where it means nothing")]
    [InlineData("{deny: [{headers: [{name: X-A}]}]}", "inbound.authorization.deny[0].headers[0].name: 'X-A' is not in lower case; write x-a")]
    public void What_takes_no_call_or_all_is_told(string written, string fault)
    {
        Assert.True(ResourceYaml.TryRead<InboundConfig>($"{{authorization: {written}}}", "f.yaml", out var config, out _));
        Assert.Contains(fault, Assert.Single(InboundValidation.Validate("orders", config)), StringComparison.Ordinal);
    }

    private static AuthorizationOptions Read(string written)
    {
        Assert.True(ResourceYaml.TryRead<InboundConfig>($"{{authorization: {written}}}", "f.yaml", out var config, out _));
        Assert.Empty(InboundValidation.Validate("orders", config));
        return PolicyTranslation.ToInbound(config).Authorization;
    }
}
