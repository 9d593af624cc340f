using CsCheck;
using Mesh.V1;

namespace Mesh.Resources.Tests;

public class YamlFaultTests
{
    [Theory]
    [InlineData("service: a\nconfig:\n\tretry: {}", "f.yaml:3:1: malformed YAML: a tab indents this line; indent with spaces")]
    [InlineData("service: a\n\tconfig: {}", "f.yaml:2:1: malformed YAML: a tab indents this line; indent with spaces")]
    [InlineData("config:\n  retry:\n  \tmax_attempts: 1", "f.yaml:3:3: malformed YAML: a tab indents this line; indent with spaces")]
    [InlineData("config: {\n\tretry: {}}\n---\nservice: b\nconfig:\n\tretry: {}", "f.yaml:6:1: malformed YAML: a tab indents this line; indent with spaces")]
    [InlineData(
        "config:\n  retry:\n    max_attempt: 3",
        "f.yaml:3:5: config.retry.max_attempt: Retry has no such field; did you mean max_attempts?")]
    [InlineData(
        "config: {retry: {maxAttempst: 3}}",
        "f.yaml:1:18: config.retry.maxAttempst: Retry has no such field; did you mean maxAttempts?")]
    [InlineData(
        "config: {limits: {zzz: 3}}",
        "f.yaml:1:19: config.limits.zzz: Limits has no such field; it has max_concurrent_requests, max_pending_requests, adaptive")]
    [InlineData(
        "config: {retry: {max_attempts: three}}",
        "f.yaml:1:32: config.retry.max_attempts: 'three' is not a whole number; write it in digits, without quotes or a unit")]
    [InlineData(
        "config: {retry: {max_attempts: -1}}",
        "f.yaml:1:32: config.retry.max_attempts: -1 does not fit; it may be 0 to 4294967295")]
    [InlineData(
        "config: {retry: {max_attempts: [1]}}",
        "f.yaml:1:32: config.retry.max_attempts: a list is given; a whole number is expected")]
    [InlineData(
        "config: {balancing: {panic_threshold: 50%}}",
        "f.yaml:1:39: config.balancing.panic_threshold: '50%' is not a whole number; write it in digits, without quotes or a unit")]
    [InlineData(
        "config: {balancing: {policy: ROUND_ROBBIN}}",
        "f.yaml:1:30: config.balancing.policy: 'ROUND_ROBBIN' is no Policy; the values are ROUND_ROBIN, RANDOM, LEAST_REQUEST, PEAK_EWMA, LEAST_CONNECTIONS, RING_HASH, MAGLEV, did you mean ROUND_ROBIN?")]
    [InlineData(
        "config: {timeouts: {request: 5}}",
        "f.yaml:1:30: config.timeouts.request: '5' has no unit; write '5s' or '5ms'")]
    [InlineData(
        "config: {timeouts: {request: soon}}",
        "f.yaml:1:30: config.timeouts.request: 'soon' is not a duration; write it like '1.5s', '250ms' or '1m30s'")]
    [InlineData(
        "config: {timeouts: {request: -1s}}",
        "f.yaml:1:30: config.timeouts.request: '-1s' is not a duration; write it like '1.5s', '250ms' or '1m30s'")]
    [InlineData(
        "config: {breaker: {disabled: yes}}",
        "f.yaml:1:30: config.breaker.disabled: 'yes' is not a boolean; write true or false without quotes")]
    [InlineData(
        "service: 42",
        "f.yaml:1:10: service: 42 is a number, not a string; write \"42\" in quotes")]
    [InlineData(
        "service: [orders]",
        "f.yaml:1:10: service: a list is given; a string is expected")]
    [InlineData(
        "service: a\nversion: 1\nservice: b",
        "f.yaml:3:1: service: given twice, first in line 1; leave one of them out")]
    [InlineData(
        "config: {retry: {max_attempts: 1, maxAttempts: 2}}",
        "f.yaml:1:35: config.retry.max_attempts: given twice, first in line 1; leave one of them out")]
    [InlineData(
        "config:\n  routes:\n  - match: {exact: /a, prefix: /b}",
        "f.yaml:3:24: config.routes[0].match.prefix: exact is given in line 3; only one of exact, prefix, path_regex may be")]
    [InlineData(
        "config: {routes: {name: a}}",
        "f.yaml:1:18: config.routes: a mapping is no list; write each item after a '- '")]
    [InlineData(
        "config: {routes: [null]}",
        "f.yaml:1:19: config.routes[0]: the item is null; give it a value or leave it out")]
    [InlineData(
        "config: {retry: 3}",
        "f.yaml:1:17: config.retry: a number is no Retry; a mapping with the fields max_attempts, codes, http_statuses, backoff_base, backoff_max, budget, replay_limit_bytes, methods is expected")]
    [InlineData(
        "- a",
        "f.yaml:1:1: a list is no ConfigResource; a mapping with the fields service, config, version, update_time, author, reason, revision, inbound is expected")]
    [InlineData("service: a\n \0service: b", "f.yaml:2:2: the control character U+0000 is not accepted; leave it out")]
    [InlineData("a\u001b", "f.yaml:1:2: the control character U+001B is not accepted; leave it out")]
    [InlineData("? [a]\n: b", "f.yaml:1:3: a key is a list or a mapping; a field's name is expected")]
    [InlineData("a: &x 1\nb: *x", "f.yaml:1:4: the anchor &x is not accepted; leave it out")]
    [InlineData("a: *x", "f.yaml:1:4: the alias *x is not accepted; write the value out")]
    [InlineData("service: !!str 5", "f.yaml:1:10: the tag tag:yaml.org,2002:str is not accepted; leave it out")]
    public void Each_fault_is_one_line_with_its_place_and_the_cure(string text, string line)
    {
        Assert.False(ResourceYaml.TryRead<ConfigResource>(text, "f.yaml", out _, out var errors));
        Assert.Equal([line], errors);
    }

    [Theory]
    [InlineData("service: {")]
    [InlineData("service: \"a")]
    [InlineData("a: b: c")]
    [InlineData("a:\n\t- b")]
    [InlineData("service: a\n  b: c")]
    [InlineData("@")]
    [InlineData("%YAML 9.9\n---\na")]
    [InlineData("{\"a\": 1,,}")]
    [InlineData("service: \"\\q\"")]
    [InlineData("service: \"\\ud800\"")]
    public void Malformed_yaml_is_one_line_with_its_place(string text)
    {
        Assert.False(ResourceYaml.TryRead<ConfigResource>(text, "f.yaml", out _, out var errors));
        var line = Assert.Single(errors);
        Assert.Matches(@"^f\.yaml:\d+:\d+: .+$", line);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public void All_faults_of_a_file_are_reported_at_once()
    {
        Assert.False(ResourceYaml.TryRead<StaticFile>("""
            services:
            - nam: a
              endpoints: [{address: 1}]
            - config: {breaker: {open: long}}
            """, "f.yaml", out _, out var errors));
        Assert.Equal(
            [
                "f.yaml:2:3: services[0].nam: StaticService has no such field; did you mean name?",
                "f.yaml:3:25: services[0].endpoints[0].address: 1 is a number, not a string; write \"1\" in quotes",
                "f.yaml:4:28: services[1].config.breaker.open: 'long' is not a duration; write it like '1.5s', '250ms' or '1m30s'",
            ],
            errors);
    }

    [Fact]
    public void Metadata_is_checked_key_by_key()
    {
        Assert.False(ResourceYaml.TryRead<Endpoint>(
            "metadata:\n  a: 'x'\n  b: true\n  a: 'y'\n  c:\n", "f.yaml", out _, out var errors));
        Assert.Equal(
            [
                "f.yaml:3:6: metadata.b: true is a boolean, not a string; write \"true\" in quotes",
                "f.yaml:4:3: metadata.a: given twice, first in line 2; leave one of them out",
                "f.yaml:5:5: metadata.c: the value is null; give it a value or leave it out",
            ],
            errors);
    }

    [Fact]
    public void Hostile_text_is_bounded()
    {
        Assert.Equal(
            "f.yaml:1:1: 4194305 characters are too many; at most 4194304 are read",
            Fault(new string(' ', 4 * 1024 * 1024 + 1)));
        Assert.Contains("nested too deeply; at most 64 levels are read", Fault(new string('[', 100_000)), StringComparison.Ordinal);
        Assert.Contains(
            "nested too deeply",
            Fault(string.Concat(Enumerable.Range(0, 1000).Select(i => new string(' ', i) + "a:\n"))),
            StringComparison.Ordinal);
        Assert.Contains(
            "too many values",
            Fault("service: [" + string.Concat(Enumerable.Repeat("a,", 300_000)) + "]"),
            StringComparison.Ordinal);

        Assert.InRange(Fault("\"a\\nb" + new string('x', 100_000) + "\": 1").Length, 1, 2000);
        Assert.DoesNotContain('\n', Fault("\"a\\nb\": 1"));

        ResourceYaml.TryRead<ConfigResource>(
            string.Concat(Enumerable.Range(0, 10_000).Select(i => $"x{i}: 1\n")), "f.yaml", out _, out var errors);
        Assert.Equal(51, errors.Count);
        Assert.Equal("f.yaml:51:1: and more; only the first 50 are listed", errors[^1]);
    }

    [Fact]
    public void No_text_whatever_throws()
    {
        string[] pieces = ["service", "config", ":", " ", "\n", "- ", "{", "}", "[", "]", ",", "\"", "'", "\\", "|", ">", "&a", "*a", "!", "%", "#", "?", "\t", "é", "\u0001", "1e9", "~", "---", "..."];
        Check.Sample(
            Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]).Array[0, 30],
            parts =>
            {
                var reader = new ConfigReader();
                reader.Read(string.Concat(parts), "f.yaml");
                Assert.All(reader.Faults, line => Assert.Matches(@"^f\.yaml:\d+:\d+: [^\n]+$", line));
            },
            iter: 20_000);
    }

    private static string Fault(string text)
    {
        Assert.False(ResourceYaml.TryRead<ConfigResource>(text, "f.yaml", out _, out var errors));
        return Assert.Single(errors);
    }
}
