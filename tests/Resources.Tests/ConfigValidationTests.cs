using Mesh.V1;

namespace Mesh.Resources.Tests;

public class ConfigValidationTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("retry: {max_attempts: 10, codes: [UNAVAILABLE, '8'], http_statuses: [400, 599], methods: [/a.B/, /a.B/C]}")]
    [InlineData("breaker: {open: 1h, failure_rate: 100, window: 10m, probes: 100}")]
    [InlineData("breaker: {open: 1ms, max_open: 1ms}")]
    [InlineData("timeouts: {request: 0, per_try: 5s, connect: 1ms, idle: 0}")]
    [InlineData("balancing: {ewma_decay: 100ms, panic_threshold: 100}")]
    [InlineData("limits: {max_concurrent_requests: 1000000, max_pending_requests: 1}")]
    [InlineData("routes: [{}, {name: a, service: other, match: {http_method: GET, headers: [{name: x-a, exact: A}]}}]")]
    [InlineData("balancing: {policy: MAGLEV, hash_on: [{header: x-user}, {cookie: Session}, {source_address: true}, {path: true}]}")]
    [InlineData("hedging: {delay: 50ms, percentile: 95, max_attempts: 3, methods: [/a.B/]}")]
    [InlineData("routes: [{hedging: {delay: 1ms}, mirror: {service: other, percent: 0.5}}, {mirror: {subset: {version: v2}}}]")]
    [InlineData("rate_limits: [{requests: 1000000000, per: 24h, burst: 1}, {requests: 1, by_header: x-tenant, max_keys: 1000000}, {requests: 1, by_source_address: true}, {requests: 1, shared: true}]")]
    [InlineData("fault: {delay: {duration: 1h, percent: 0.01}, abort: {code: UNAVAILABLE, percent: 100}, by_header: true}")]
    [InlineData("routes: [{rate_limits: [{requests: 1000000}], fault: {abort: {http_status: 200}}}]")]
    [InlineData("routes: [{subset: {version: v2, metadata: {tier: gold}}, fallbacks: [{version: v1}, {}]}]")]
    [InlineData("routes: [{backends: [{weight: 0}, {service: other, subset: {version: v2}, fallbacks: [{}], weight: 1000000}, {}]}]")]
    [InlineData("routes: [{match: {path_regex: '/users/[0-9]+', query: [{name: a b}, {name: q, exact: ''}], source: {service: web, version: v2}}}]")]
    [InlineData("routes: [{match: {prefix: /old/}, redirect: {status: 308, scheme: https, host: 'shop.example:8443', prefix: /new/}}, {redirect: {path: /down}}]")]
    [InlineData("routes: [{direct_response: {}}, {direct_response: {http_status: 404, body: gone, content_type: text/html, code: NOT_FOUND, message: it is gone}}]")]
    [InlineData("routes: [{match: {prefix: /a/}, rewrite: {prefix: /b/, host: inner, request_headers: {set: {x-a: 'a b', x-b: ''}, add: {x-c: c}, remove: [x-d]}, response_headers: {set: {x-a: a}}}}]")]
    [InlineData("routes: [{backends: [{subset: {version: v1}}, {service: other}], hash_on: [{header: x-user}, {cookie: session}, {source_address: true}]}]")]
    public void What_is_within_the_ranges_is_valid(string yaml) => Assert.Empty(Validate(yaml));

    [Theory]
    [InlineData("retry: {max_attempts: 11}", "orders: config.retry.max_attempts: 11 is not within 1 to 10")]
    [InlineData("retry: {codes: [UNAVAILABEL]}", "orders: config.retry.codes[0]: 'UNAVAILABEL' is no gRPC status code; did you mean UNAVAILABLE?")]
    [InlineData("retry: {codes: [unavailable]}", "orders: config.retry.codes[0]: 'unavailable' is no gRPC status code; did you mean UNAVAILABLE?")]
    [InlineData("retry: {codes: ['17']}", "orders: config.retry.codes[0]: '17' is no gRPC status code; write its name, such as UNAVAILABLE")]
    [InlineData("retry: {codes: [OK]}", "orders: config.retry.codes[0]: OK is a success; leave it out")]
    [InlineData("retry: {http_statuses: [503, 200]}", "orders: config.retry.http_statuses[1]: 200 is not within 400 to 599")]
    [InlineData("retry: {budget: {percent: 1001}}", "orders: config.retry.budget.percent: 1001 is not within 0 to 1000")]
    [InlineData("retry: {budget: {min_per_second: 100001}}", "orders: config.retry.budget.min_per_second: 100001 is not within 0 to 100000")]
    [InlineData("retry: {replay_limit_bytes: 16777217}", "orders: config.retry.replay_limit_bytes: 16777217 is not within 0 to 16777216")]
    [InlineData("retry: {backoff_base: 1s}", "orders: config.retry.backoff_base: 1s is longer than backoff_max (250ms, the default)")]
    [InlineData("retry: {backoff_max: 1ms}", "orders: config.retry.backoff_max: 1ms is shorter than backoff_base (25ms, the default)")]
    [InlineData("retry: {methods: [Orders/Get]}", "orders: config.retry.methods[0]: 'Orders/Get' is no gRPC path; write /pkg.Service/Method, or /pkg.Service/ for all of it")]
    [InlineData("breaker: {consecutive_failures: 1001}", "orders: config.breaker.consecutive_failures: 1001 is not within 1 to 1000")]
    [InlineData("breaker: {failure_rate: 101}", "orders: config.breaker.failure_rate: 101 is not within 1 to 100")]
    [InlineData("breaker: {max_ejection_percent: 101}", "orders: config.breaker.max_ejection_percent: 101 is not within 0 to 100")]
    [InlineData("breaker: {codes: [UNKOWN]}", "orders: config.breaker.codes[0]: 'UNKOWN' is no gRPC status code; did you mean UNKNOWN?")]
    [InlineData("breaker: {http_statuses: [200]}", "orders: config.breaker.http_statuses[0]: 200 is not within 400 to 599")]
    [InlineData("retry: {max_attempts: 0}", "orders: config.retry.max_attempts: 0 is not within 1 to 10")]
    [InlineData("limits: {max_concurrent_requests: 0}", "orders: config.limits.max_concurrent_requests: 0 is not within 1 to 1000000")]
    [InlineData("breaker: {window: 500ms}", "orders: config.breaker.window: 500ms is not within 1s to 10m")]
    [InlineData("breaker: {open: 0}", "orders: config.breaker.open: 0s is not within 1ms to 1h")]
    [InlineData("breaker: {open: 10s, max_open: 5s}", "orders: config.breaker.max_open: 5s is shorter than open (10s)")]
    [InlineData("breaker: {probes: 101}", "orders: config.breaker.probes: 101 is not within 1 to 100")]
    [InlineData("limits: {max_pending_requests: 1000001}", "orders: config.limits.max_pending_requests: 1000001 is not within 1 to 1000000")]
    [InlineData("balancing: {ewma_decay: 99ms}", "orders: config.balancing.ewma_decay: 99ms is not within 100ms to 10m")]
    [InlineData("balancing: {panic_threshold: 101}", "orders: config.balancing.panic_threshold: 101 is not within 0 to 100")]
    [InlineData("timeouts: {connect: 61s}", "orders: config.timeouts.connect: 1m1s is not within 1ms to 1m")]
    [InlineData("timeouts: {request: 1s, per_try: 2s}", "orders: config.timeouts.per_try: 2s is longer than request (1s)")]
    [InlineData("{timeouts: {per_try: 2s}, routes: [{timeouts: {request: 1s}}]}", "orders: config.routes[0].timeouts.request: 1s is shorter than per_try (2s)")]
    [InlineData("routes: [{retry: {max_attempts: 11}}]", "orders: config.routes[0].retry.max_attempts: 11 is not within 1 to 10")]
    [InlineData("routes: [{name: a}, {name: b}, {name: a}]", "orders: config.routes[2].name: 'a' is the name of routes[0] too; give each its own")]
    [InlineData("routes: [{name: route-2}, {}]", "orders: config.routes[1].name: 'route-2' is the name of routes[0] too; give each its own")]
    [InlineData("routes: [{service: Other}]", "orders: config.routes[0].service: 'Other' is not a service's name; 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit")]
    [InlineData("routes: [{match: {prefix: a}}]", "orders: config.routes[0].match.prefix: 'a' does not begin with '/'; no request has such a path")]
    [InlineData("routes: [{match: {exact: '/a?b=c'}}]", "orders: config.routes[0].match.exact: '/a?b=c' has a query; routes look at the path before the '?'")]
    [InlineData("routes: [{match: {http_method: get}}]", "orders: config.routes[0].match.http_method: 'get' is no HTTP method; write it like GET")]
    [InlineData("routes: [{match: {headers: [{name: X-User}]}}]", "orders: config.routes[0].match.headers[0].name: 'X-User' is not in lower case; write x-user")]
    [InlineData("routes: [{match: {headers: [{exact: a}]}}]", "orders: config.routes[0].match.headers[0].name: is missing; write the header's name in lower case")]
    [InlineData("routes: [{match: {headers: [{name: ':path'}]}}]", "orders: config.routes[0].match.headers[0].name: ':path' is no header's name; letters, digits and !#$%&'*+-.^_`|~ only")]
    [InlineData("routes: [{match: {headers: [{name: a, exact: \"a\\nb\"}]}}]", "orders: config.routes[0].match.headers[0].exact: has a control character (U+000A) at position 2; leave it out")]
    [InlineData("ejection: {interval: 5s}", "orders: config.ejection: has no effect: it says nothing of who is ejected; give success_rate: {} or failure_percentage: {}")]
    [InlineData("ejection: {success_rate: {}, base_time: 60s, max_time: 30s}", "orders: config.ejection.max_time: 30s is shorter than base_time (1m)")]
    [InlineData("{ejection: {success_rate: {}}, breaker: {max_ejection_percent: 0}}", "orders: config.ejection: has no effect: breaker.max_ejection_percent is 0; give a share of the endpoints, or leave it out")]
    [InlineData("balancing: {policy: MAGLEV, hash_on: [{path: true}], subset_size: 10}", "orders: config.balancing.subset_size: does not go with MAGLEV, whose callers would not agree on an endpoint; leave one of the two out")]
    [InlineData("balancing: {policy: RING_HASH, hash_on: [{path: true}], prefer: ZONE}", "orders: config.balancing.prefer: does not go with RING_HASH, whose callers would not agree on an endpoint; leave one of the two out")]
    [InlineData("limits: {max_concurrent_requests: 10, adaptive: {min_concurrent_requests: 11}}", "orders: config.limits.adaptive.min_concurrent_requests: 11 is more than max_concurrent_requests (10)")]
    [InlineData("balancing: {slow_start: {}}", "orders: config.balancing.slow_start.window: is missing; write how long it takes, such as 30s")]
    [InlineData("balancing: {policy: MAGLEV, hash_on: [{path: true}], slow_start: {window: 30s}}", "orders: config.balancing.slow_start: does not go with MAGLEV, whose keys would move back and forth; leave one of the two out")]
    [InlineData("balancing: {policy: RING_HASH}", "orders: config.balancing.hash_on: is missing; say what of a call is hashed, such as {header: x-user}")]
    [InlineData("balancing: {hash_on: [{header: x-user}]}", "orders: config.balancing.hash_on: has no effect: policy is neither RING_HASH nor MAGLEV")]
    [InlineData("balancing: {policy: MAGLEV, hash_on: [{}]}", "orders: config.balancing.hash_on[0]: names nothing; write one of header, cookie, source_address: true and path: true")]
    [InlineData("balancing: {policy: MAGLEV, hash_on: [{path: false}]}", "orders: config.balancing.hash_on[0]: names nothing; write one of header, cookie, source_address: true and path: true")]
    [InlineData("balancing: {policy: MAGLEV, hash_on: [{cookie: 'a b'}]}", "orders: config.balancing.hash_on[0].cookie: 'a b' is no cookie's name; letters, digits and !#$%&'*+-.^_`|~ only")]
    [InlineData("hedging: {}", "orders: config.hedging.delay: is missing; write how long an attempt is waited for, such as 50ms")]
    [InlineData("hedging: {delay: 1s, methods: [Get]}", "orders: config.hedging.methods[0]: 'Get' is no gRPC path; write /pkg.Service/Method, or /pkg.Service/ for all of it")]
    [InlineData("routes: [{mirror: {}}]", "orders: config.routes[0].mirror: names nobody else, so that the same instances would do everything twice; give it a service or a subset")]
    [InlineData("routes: [{mirror: {service: other, percent: 101}}]", "orders: config.routes[0].mirror.percent: 101 is not within 0 to 100")]
    [InlineData("rate_limits: [{}]", "orders: config.rate_limits[0].requests: 0 is not within 1 to 1000000000")]
    [InlineData("rate_limits: [{requests: 1, per: 25h}]", "orders: config.rate_limits[0].per: 25h is not within 1ms to 24h")]
    [InlineData("rate_limits: [{requests: 1, burst: 0}]", "orders: config.rate_limits[0].burst: 0 is not within 1 to 1000000000")]
    [InlineData("rate_limits: [{requests: 2000000, per: 500ms}]", "orders: config.rate_limits[0].requests: 2000000 in 0.5 s are more than the 1000000 a second that can be counted")]
    [InlineData("rate_limits: [{requests: 1, by_header: X-Tenant}]", "orders: config.rate_limits[0].by_header: 'X-Tenant' is not in lower case; write x-tenant")]
    [InlineData("rate_limits: [{requests: 1, by_header: a, by_source_address: true}]", "orders: config.rate_limits[0].by_source_address: a limit has one kind of buckets: by_header is given too; write a limit for each")]
    [InlineData("rate_limits: [{requests: 1, by_header: a, shared: true}]", "orders: config.rate_limits[0].shared: what is shared is one limit for all calls, and by_header makes one for each value: leave one of them out, or write a limit for each")]
    [InlineData("rate_limits: [{requests: 1, by_source_address: true, shared: true}]", "orders: config.rate_limits[0].shared: what is shared is one limit for all calls, and by_source_address makes one for each value: leave one of them out, or write a limit for each")]
    [InlineData("rate_limits: [{requests: 1, max_keys: 5}]", "orders: config.rate_limits[0].max_keys: has no effect: there is one bucket; give by_header or by_source_address, or leave it out")]
    [InlineData("fault: {delay: {percent: 10}}", "orders: config.fault.delay.duration: is missing; write how long the calls wait, such as 100ms")]
    [InlineData("fault: {delay: {duration: 2h}}", "orders: config.fault.delay.duration: 2h is not within 1ms to 1h")]
    [InlineData("fault: {abort: {}}", "orders: config.fault.abort: says nothing to answer; write code, such as UNAVAILABLE, or http_status, such as 503")]
    [InlineData("fault: {abort: {code: UNAVAILABEL}}", "orders: config.fault.abort.code: 'UNAVAILABEL' is no gRPC status code; did you mean UNAVAILABLE?")]
    [InlineData("fault: {abort: {http_status: 199}}", "orders: config.fault.abort.http_status: 199 is not within 200 to 599")]
    [InlineData("fault: {abort: {http_status: 503, percent: 100.5}}", "orders: config.fault.abort.percent: 100.5 is not within 0 to 100")]
    [InlineData("routes: [{fault: {abort: {code: OK}}}]", "orders: config.routes[0].fault.abort.code: OK is a success; leave it out")]
    [InlineData("routes: [{subset: {metadata: {'': a}}}]", "orders: config.routes[0].subset.metadata: a key is empty; give it a name")]
    [InlineData("routes: [{subset: {}}]", "orders: config.routes[0].subset: asks for nothing, which is every instance; give it a version or metadata, or leave it out")]
    [InlineData("routes: [{fallbacks: [{version: v1}]}]", "orders: config.routes[0].fallbacks: has no effect without subset, which is every instance already")]
    [InlineData("routes: [{subset: {version: v2}, fallbacks: [{}, {version: v1}]}]", "orders: config.routes[0].fallbacks[1]: has no effect after [0], which is every instance")]
    [InlineData("routes: [{service: a, backends: [{}]}]", "orders: config.routes[0].service: has no effect because of backends; write it there")]
    [InlineData("routes: [{subset: {version: v2}, backends: [{}]}]", "orders: config.routes[0].subset: has no effect because of backends; write it there")]
    [InlineData("routes: [{backends: [{weight: 0}, {service: a, weight: 0}]}]", "orders: config.routes[0].backends: all weights are 0, so that no call could go anywhere; give one a weight")]
    [InlineData("routes: [{backends: [{weight: 1000001}]}]", "orders: config.routes[0].backends[0].weight: 1000001 is not within 0 to 1000000")]
    [InlineData("routes: [{backends: [{service: A}]}]", "orders: config.routes[0].backends[0].service: 'A' is not a service's name; 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit")]
    [InlineData("routes: [{backends: [{subset: {metadata: {'': a}}}]}]", "orders: config.routes[0].backends[0].subset.metadata: a key is empty; give it a name")]
    [InlineData("routes: [{match: {path_regex: '/(a'}}]", "orders: config.routes[0].match.path_regex: '/(a' is no regular expression, at character 4: insufficient closing parentheses")]
    [InlineData("routes: [{match: {path_regex: '/(?=a)'}}]", "orders: config.routes[0].match.path_regex: '/(?=a)' looks around or back, which could take for ever; write it without (?=, (?!, (?<=, (?>, \\G and \\1")]
    [InlineData("routes: [{match: {path_regex: ''}}]", "orders: config.routes[0].match.path_regex: is empty, and no path is; write one like /users/[0-9]+, or leave it out for every path")]
    [InlineData("routes: [{match: {query: [{exact: a}]}}]", "orders: config.routes[0].match.query[0].name: is missing; write the parameter's name as it is before it is percent-encoded")]
    [InlineData("routes: [{match: {source: {}}}]", "orders: config.routes[0].match.source: names nobody, which is everybody; give it a service or a version, or leave it out")]
    [InlineData("routes: [{match: {source: {service: Web}}}]", "orders: config.routes[0].match.source.service: 'Web' is not a service's name; 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit")]
    [InlineData("routes: [{redirect: {}}]", "orders: config.routes[0].redirect: changes nothing, so that callers would come back for ever; give it a scheme, a host, a path or a prefix")]
    [InlineData("routes: [{redirect: {status: 304, path: /}}]", "orders: config.routes[0].redirect.status: 304 is no redirect; write 301, 302, 303, 307 or 308")]
    [InlineData("routes: [{redirect: {scheme: ftp}}]", "orders: config.routes[0].redirect.scheme: 'ftp' is neither http nor https")]
    [InlineData("routes: [{redirect: {host: 'a/b'}}]", "orders: config.routes[0].redirect.host: 'a/b' is no host; write it like shop.example.com or shop.example.com:8080")]
    [InlineData("routes: [{redirect: {path: down}}]", "orders: config.routes[0].redirect.path: 'down' does not begin with '/'; no request has such a path")]
    [InlineData("routes: [{redirect: {path: '/a b'}}]", "orders: config.routes[0].redirect.path: '/a b' is too long or has characters that no path has; at most 2048, percent-encoded")]
    [InlineData("routes: [{redirect: {path: '/a?b'}}]", "orders: config.routes[0].redirect.path: '/a?b' has a query; leave it out, for the caller's own stays")]
    [InlineData("routes: [{match: {exact: /a}, redirect: {prefix: /b}}]", "orders: config.routes[0].redirect.prefix: stands in the place of match.prefix, which is missing; give the route one, or write path")]
    [InlineData("routes: [{direct_response: {http_status: 204, body: a}}]", "orders: config.routes[0].direct_response.body: an answer with 204 has none; leave it out, or write another http_status")]
    [InlineData("routes: [{direct_response: {content_type: text/html}}]", "orders: config.routes[0].direct_response.content_type: has no effect without a body")]
    [InlineData("routes: [{direct_response: {body: a, content_type: application/grpc}}]", "orders: config.routes[0].direct_response.content_type: is that of gRPC, which has code and message instead of a body")]
    [InlineData("routes: [{direct_response: {code: OK}}]", "orders: config.routes[0].direct_response.code: OK goes with a message of the method's type, which is not made here; write another code")]
    [InlineData("routes: [{direct_response: {code: GONE}}]", "orders: config.routes[0].direct_response.code: 'GONE' is no gRPC status code; write its name, such as UNAVAILABLE")]
    [InlineData("routes: [{rewrite: {prefix: /b}}]", "orders: config.routes[0].rewrite.prefix: stands in the place of match.prefix, which is missing; give the route one, or write path")]
    [InlineData("routes: [{rewrite: {host: 'a b'}}]", "orders: config.routes[0].rewrite.host: 'a b' is no host; write it like shop.example.com or shop.example.com:8080")]
    [InlineData("routes: [{rewrite: {request_headers: {set: {':path': /a}}}}]", "orders: config.routes[0].rewrite.request_headers.set[':path']: is the protocol's own and cannot be changed here; a path, a prefix and a host are fields of rewrite")]
    [InlineData("routes: [{rewrite: {request_headers: {set: {Host: a}}}}]", "orders: config.routes[0].rewrite.request_headers.set['Host']: cannot be changed here; write rewrite.host")]
    [InlineData("routes: [{rewrite: {request_headers: {add: {te: a}}}}]", "orders: config.routes[0].rewrite.request_headers.add['te']: is the connection's own and cannot be changed: it says how messages are carried")]
    [InlineData("routes: [{rewrite: {response_headers: {remove: [x-a, content-length]}}}]", "orders: config.routes[0].rewrite.response_headers.remove[1]: is the connection's own and cannot be changed: it says how messages are carried")]
    [InlineData("routes: [{rewrite: {substitution: /$1}}]", "orders: config.routes[0].rewrite.substitution: is made of what match.path_regex matches, which is missing; give the route one, or write path or prefix")]
    [InlineData("routes: [{match: {path_regex: /a/(.*)}, rewrite: {substitution: a$1}}]", "orders: config.routes[0].rewrite.substitution: 'a$1' does not begin with '/'; no request has such a path")]
    [InlineData("routes: [{match: {path_regex: /a/(.*)}, rewrite: {substitution: /$2}}]", "orders: config.routes[0].rewrite.substitution: '/$2' names group '2', which path_regex has not; its groups are 0, 1")]
    [InlineData("routes: [{rewrite: {request_headers: {remove: [grpc-timeout]}}}]", "orders: config.routes[0].rewrite.request_headers.remove[0]: is gRPC's own and cannot be changed")]
    [InlineData("routes: [{rewrite: {request_headers: {set: {content-type: a}}}}]", "orders: config.routes[0].rewrite.request_headers.set['content-type']: cannot be changed: it tells calls of gRPC from others")]
    [InlineData("routes: [{rewrite: {request_headers: {remove: [x-mesh-hops]}}}]", "orders: config.routes[0].rewrite.request_headers.remove[0]: is the mesh's own and cannot be changed")]
    [InlineData("routes: [{rewrite: {request_headers: {set: {traceparent: a}}}}]", "orders: config.routes[0].rewrite.request_headers.set['traceparent']: is the mesh's own and cannot be changed")]
    [InlineData("routes: [{rewrite: {request_headers: {set: {X-A: a}}}}]", "orders: config.routes[0].rewrite.request_headers.set['X-A']: 'X-A' is not in lower case; write x-a")]
    [InlineData("routes: [{rewrite: {request_headers: {set: {x-a: ' a'}}}}]", "orders: config.routes[0].rewrite.request_headers.set['x-a']: ' a' is no value of a header: ASCII for printing, without a space at either end")]
    [InlineData("routes: [{rewrite: {request_headers: {set: {x-a: a}, remove: [x-a]}}}]", "orders: config.routes[0].rewrite.request_headers.remove[0]: is in set as well; one of the two has no effect, so leave it out")]
    [InlineData("routes: [{hash_on: [{header: x-user}]}]", "orders: config.routes[0].hash_on: has no effect without several backends; among a service's instances balancing.hash_on does this")]
    [InlineData("routes: [{backends: [{}, {service: a}], hash_on: [{}]}]", "orders: config.routes[0].hash_on[0]: names nothing; write one of header, cookie, source_address: true and path: true")]
    public void Each_fault_is_one_line_that_names_the_field(string yaml, string line)
        => Assert.Equal([line], Validate(yaml));

    [Fact]
    public void An_answer_given_here_is_short()
    {
        var config = new ServiceConfig { Routes = { new Route { DirectResponse = new DirectResponse { Body = new string('\u00e9', 2048) } } } };
        Assert.Empty(ConfigValidation.Validate("orders", config));
        config.Routes[0].DirectResponse.Body += "a";
        Assert.Equal(["orders: config.routes[0].direct_response.body: 4097 bytes are too many; at most 4096, so serve it from an instance"], ConfigValidation.Validate("orders", config));
    }

    [Fact]
    public void Patterns_are_bounded_in_length_and_number()
    {
        var config = new ServiceConfig { Routes = { new Route { Match = new RouteMatch { PathRegex = "/" + new string('a', 1024) } } } };
        Assert.EndsWith("has 1025 characters; at most 1024, so split it into several routes", Assert.Single(ConfigValidation.Validate("orders", config)), StringComparison.Ordinal);

        config = new ServiceConfig { Routes = { Enumerable.Range(0, 51).Select(i => new Route { Match = new RouteMatch { PathRegex = $"/{i}" } }) } };
        Assert.Equal(["orders: config.routes: 51 with a path_regex are too many; at most 50"], ConfigValidation.Validate("orders", config));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("9-a", true)]
    [InlineData("", false)]
    [InlineData("Orders", false)]
    [InlineData("-a", false)]
    [InlineData("a-", false)]
    [InlineData("a.b", false)]
    [InlineData("a_b", false)]
    [InlineData("ä", false)]
    public void Service_names_are_dns_labels(string name, bool valid)
        => Assert.Equal(valid, ConfigValidation.Validate(name, null).Count == 0);

    [Fact]
    public void Messages_that_no_yaml_could_say_are_refused_and_never_throw()
    {
        var config = new ServiceConfig
        {
            Balancing = new Balancing { Policy = (Balancing.Types.Policy)99 },
            Timeouts = new Timeouts
            {
                Request = new() { Seconds = long.MaxValue, Nanos = int.MinValue },
                PerTry = new() { Seconds = -5 },
            },
        };
        Assert.Equal(
            [
                "orders: config.balancing.policy: 99 is no policy; ROUND_ROBIN, RANDOM, LEAST_REQUEST, PEAK_EWMA, LEAST_CONNECTIONS, RING_HASH or MAGLEV",
                "orders: config.timeouts.request: is not a valid duration; the nanoseconds are 0 to 999999999 with the sign of the seconds",
                "orders: config.timeouts.per_try: -5s is less than 0s",
            ],
            ConfigValidation.Validate("orders", config));
        Assert.NotNull(PolicyTranslation.ToPolicy(config));
    }

    private static IReadOnlyList<string> Validate(string yaml)
    {
        Assert.True(ResourceYaml.TryRead<ServiceConfig>(yaml, "f.yaml", out var config, out var errors), string.Join('\n', errors));
        return ConfigValidation.Validate("orders", config);
    }
}
