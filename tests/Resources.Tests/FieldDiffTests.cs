using Mesh.V1;

namespace Mesh.Resources.Tests;

public class FieldDiffTests
{
    [Theory]
    [InlineData("retry: {max_attempts: 2}", "retry: {max_attempts: 2}", "")]
    [InlineData("retry: {max_attempts: 2}", "retry: {max_attempts: 4}", "~config.retry.max_attempts 2 4")]
    [InlineData("{}", "timeouts: {request: 2s}", "+config.timeouts.request 2s|-config {}")]
    [InlineData("retry: {codes: [UNAVAILABLE]}", "retry: {codes: [UNAVAILABLE, ABORTED]}", "~config.retry.codes [UNAVAILABLE] [UNAVAILABLE, ABORTED]")]
    [InlineData("breaker: {disabled: true}", "breaker: {probes: 2}", "-config.breaker.disabled true|+config.breaker.probes 2")]
    [InlineData("routes: [{name: b}]", "routes: [{name: a}, {name: b}]", "+config.routes[a].name a")]
    [InlineData("routes: [{name: a, match: {prefix: /x}}]", "routes: [{name: a, match: {prefix: /y}}]", "~config.routes[a].match.prefix /x /y")]
    [InlineData("routes: [{service: x}, {service: y}]", "routes: [{service: x}]", "-config.routes[1].service y")]
    [InlineData("retry: {budget: {percent: 0}}", "retry: {budget: {}}", "-config.retry.budget.percent 0|+config.retry.budget {}")]
    public void Each_field_that_differs_is_named_once(string before, string after, string changes) =>
        Assert.Equal(changes.Split('|', StringSplitOptions.RemoveEmptyEntries).Order(), FieldDiff.Of("config", Read(before), Read(after)).Select(Show).Order());

    [Fact]
    public void What_is_not_there_has_no_fields()
    {
        Assert.Equal(["+config.retry.max_attempts 2"], FieldDiff.Of("config", null, Read("retry: {max_attempts: 2}")).Select(Show));
        Assert.Equal(["-config {}"], FieldDiff.Of("config", new ServiceConfig(), null).Select(Show));
        Assert.Empty(FieldDiff.Of("config", null, null));
    }

    private static ServiceConfig Read(string yaml)
    {
        Assert.True(ResourceYaml.TryRead(yaml, "test", out ServiceConfig config, out var errors), string.Join('\n', errors));
        return config;
    }

    private static string Show(FieldChange change) => change switch
    {
        (var path, null, var after) => $"+{path} {after}",
        (var path, var before, null) => $"-{path} {before}",
        var (path, before, after) => $"~{path} {before} {after}",
    };
}
