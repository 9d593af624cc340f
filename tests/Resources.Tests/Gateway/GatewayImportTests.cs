using System.Text.RegularExpressions;
using Mesh.Resources.Gateway;

namespace Mesh.Resources.Tests.Gateway;

public sealed partial class GatewayImportTests
{
    [Fact]
    public void A_GRPCRoute_becomes_routes_of_the_service_it_is_for()
    {
        var import = Read("""
            apiVersion: gateway.networking.k8s.io/v1
            kind: GRPCRoute
            metadata: {name: payments}
            spec:
              parentRefs: [{group: "", kind: Service, name: payments, port: 50051}]
              rules:
              - matches:
                - method: {service: shop.v1.Payments}
                  headers: [{name: X-Beta, value: "yes"}]
                - method: {service: shop.v1.Payments, method: Charge}
                filters:
                - type: RequestMirror
                  requestMirror: {backendRef: {name: payments-shadow, port: 50051}, percent: 5}
                backendRefs: [{name: payments, port: 50051, weight: 9}, {name: payments-next, port: 50051, weight: 1}]
              - name: rest
                backendRefs: [{name: payments, port: 50051}]
            """);
        Assert.Empty(import.Lost);
        Assert.Equal("""
            service: payments
            config:
              routes:
              - name: payments-1-2
                match:
                  exact: /shop.v1.Payments/Charge
                backends:
                - service: payments
                  weight: 9
                - service: payments-next
                  weight: 1
                mirror:
                  service: payments-shadow
                  percent: 5
              - name: payments-1-1
                match:
                  prefix: /shop.v1.Payments/
                  headers:
                  - name: x-beta
                    exact: "yes"
                backends:
                - service: payments
                  weight: 9
                - service: payments-next
                  weight: 1
                mirror:
                  service: payments-shadow
                  percent: 5
              - name: rest

            """, Yaml(import));
    }

    [Fact]
    public void An_HTTPRoute_keeps_its_order_of_precedence_its_times_and_its_prefixes_end_between_elements()
    {
        var import = Read("""
            kind: HTTPRoute
            metadata: {name: web}
            spec:
              parentRefs: [{name: gateway}]
              rules:
              - matches: [{path: {type: PathPrefix, value: /cart/}}]
                backendRefs: [{name: carts, port: 80}]
                timeouts: {request: 10s, backendRequest: 500ms}
                retry: {codes: [503, 504], attempts: 2, backoff: 100ms}
              - matches: [{path: {type: Exact, value: /cart}, method: POST}, {path: {value: /}}]
                backendRefs: [{name: web, port: 80}]
            """, "web");
        Assert.Empty(import.Lost);
        Assert.Equal("""
            service: web
            config:
              routes:
              - name: web-2-1
                match:
                  exact: /cart
                  httpMethod: POST
              - name: web-1-1
                match:
                  exact: /cart
                service: carts
                timeouts:
                  request: 10s
                  perTry: 0.500s
                retry:
                  maxAttempts: 3
                  httpStatuses:
                  - 503
                  - 504
                  backoffBase: 0.100s
              - name: web-1-2
                match:
                  prefix: /cart/
                service: carts
                timeouts:
                  request: 10s
                  perTry: 0.500s
                retry:
                  maxAttempts: 3
                  httpStatuses:
                  - 503
                  - 504
                  backoffBase: 0.100s
              - name: web-2-2

            """, Yaml(import));
    }

    [Fact]
    public void Patterns_queries_rewrites_and_redirects_carry_over()
    {
        var import = Read("""
            kind: HTTPRoute
            metadata: {name: web}
            spec:
              rules:
              - matches: [{path: {type: RegularExpression, value: "/v[0-9]+"}, queryParams: [{name: page, value: "2"}]}]
                filters:
                - type: RequestHeaderModifier
                  requestHeaderModifier: {set: [{name: X-A, value: "1"}], add: [{name: X-B, value: "2"}], remove: [X-C]}
                - {type: ResponseHeaderModifier, responseHeaderModifier: {remove: [x-powered-by]}}
                - {type: URLRewrite, urlRewrite: {hostname: web.example, path: {type: ReplaceFullPath, replaceFullPath: /v}}}
                backendRefs: [{name: web}]
              - matches: [{path: {value: /old}}]
                filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}}}]
                backendRefs: [{name: web}]
              - filters: [{type: RequestRedirect, requestRedirect: {scheme: https, hostname: shop.example, port: 8443, statusCode: 301, path: {type: ReplacePrefixMatch, replacePrefixMatch: /shop}}}]
            """, "web");
        Assert.Empty(import.Lost);
        Assert.Equal("""
            service: web
            config:
              routes:
              - name: web-1
                match:
                  pathRegex: "/v[0-9]+"
                  query:
                  - name: page
                    exact: "2"
                rewrite:
                  path: /v
                  host: web.example
                  requestHeaders:
                    set:
                      x-a: "1"
                    add:
                      x-b: "2"
                    remove:
                    - x-c
                  responseHeaders:
                    remove:
                    - x-powered-by
              - name: web-2-1
                match:
                  exact: /old
                rewrite:
                  path: /new
              - name: web-2-2
                match:
                  prefix: /old/
                rewrite:
                  prefix: /new/
              - name: web-3
                match:
                  prefix: /
                redirect:
                  status: 301
                  scheme: https
                  host: "shop.example:8443"
                  prefix: /shop/

            """.ReplaceLineEndings("\n"), Yaml(import));
    }

    [Fact]
    public void What_would_replace_a_prefix_of_a_path_without_one_is_left_out()
    {
        var import = Read("""
            kind: HTTPRoute
            spec:
              rules:
              - matches: [{path: {type: Exact, value: /a}}, {path: {value: /b}}]
                filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}]
                backendRefs: [{name: web}]
            """, "web");
        Assert.Equal(["/", "/"], import.Resources.Single().Config.Routes.Select(route => route.Rewrite.Path + route.Rewrite.Prefix));
        Assert.EndsWith("spec.rules[0].filters: replace a prefix that a match does not have; the route for it is left out", Assert.Single(import.Lost), StringComparison.Ordinal);
    }

    [Fact]
    public void Methods_of_gRPC_by_pattern_and_by_their_name_alone_are_patterns()
    {
        var import = Read("""
            kind: GRPCRoute
            spec:
              rules:
              - matches: [{method: {type: RegularExpression, service: "shop\\..*", method: "Get.*"}}, {method: {method: Ping}}]
                backendRefs: [{name: web}]
            """, "web");
        Assert.Equal([@"/(?:shop\..*)/(?:Get.*)", "/[^/]+/Ping"], import.Resources.Single().Config.Routes.Select(route => route.Match.PathRegex));
    }

    [Fact]
    public void What_does_not_carry_over_is_named_with_its_place_and_never_has_a_route_take_more_calls_than_it_did()
    {
        var import = Read("""
            kind: HTTPRoute
            metadata: {name: web}
            spec:
              hostnames: [shop.example.com]
              rules:
              - matches:
                - path: {type: Sometimes, value: "/v"}
                - queryParams: [{type: RegularExpression, name: page, value: "2"}]
                - headers: [{type: RegularExpression, name: x-user, value: "a.*"}]
                - path: {type: Exact, value: /kept}
                filters: [{type: CORS, cors: {}}]
                backendRefs: [{name: web, namespace: shop, port: 80}, {kind: Bucket, name: files}]
                sessionPersistence: {sessionName: s}
              - filters: [{type: RequestRedirect}]
              - backendRefs: []
              - backendRefs: [{name: web}]
                somethingNew: 1
            ---
            kind: Gateway
            """, "web");
        Assert.Equal(["/kept", ""], import.Resources.Single().Config.Routes.Select(route => route.Match?.Exact ?? ""));
        Assert.Equal(
            [
                "route.yaml:4: spec.hostnames: is not carried over: a service is called by its name here",
                "route.yaml:7: spec.rules[0].matches[0].path.type: is not carried over, and neither is its match, which would be for other calls without it",
                "route.yaml:8: spec.rules[0].matches[1].queryParams[0].type: is not carried over, and neither is its match, which would be for other calls without it",
                "route.yaml:9: spec.rules[0].matches[2].headers[0].type: is not carried over, and neither is its match, which would be for other calls without it",
                "route.yaml:11: spec.rules[0].filters[0]: the filter CORS is not carried over; the rule is, without it",
                "route.yaml:12: spec.rules[0].backendRefs[0].namespace: is not carried over: services have no namespaces here, and go by their names",
                "route.yaml:12: spec.rules[0].backendRefs[1].kind: is not carried over: our backends are services",
                "route.yaml:13: spec.rules[0].sessionPersistence: is not carried over: balancing.hash_on with MAGLEV keeps callers at an instance, for all of a service",
                "route.yaml:14: spec.rules[1].filters[0]: says nothing, and its rule is left out",
                "route.yaml:15: spec.rules[2]: has no backend that carries over, and is left out",
                "route.yaml:17: spec.rules[3].somethingNew: is not carried over: there is no such thing in our resource",
                "route.yaml:19: kind: Gateway is not carried over: only GRPCRoute and HTTPRoute are",
            ],
            import.Lost.Select(line => Column().Replace(line, "$1")));
    }

    [Theory]
    [InlineData("kind: HTTPRoute\nspec: {rules: [{backendRefs: [{name: web}]}]}", "route.yaml:1:1: spec.parentRefs: names no Service, so that it is not known whose callers these routes are for: --service NAME says so")]
    [InlineData("kind: Gateway", "route.yaml:1:1: holds no GRPCRoute and no HTTPRoute that carries over")]
    [InlineData("a: [", "route.yaml:2:1: malformed YAML:")]
    [InlineData("kind: HTTPRoute\nspec: {parentRefs: [{kind: Service, name: web}], rules: [{backendRefs: [{name: Not A Name}]}]}", "route.yaml:1:1: what comes of it is not valid: web: config.routes[0].service:")]
    public void Where_nothing_can_be_made_of_it_the_reason_is_told(string text, string fault) =>
        Assert.StartsWith(fault, Read(text).Faults[0], StringComparison.Ordinal);

    [GeneratedRegex(@"^(route\.yaml:\d+):\d+")]
    private static partial Regex Column();

    private static GatewayImport Read(string text, string? service = null) => GatewayImport.Read(text, "route.yaml", service);

    private static string Yaml(GatewayImport import)
    {
        Assert.Empty(import.Faults);
        return ResourceYaml.WriteYaml(import.Resources.Single());
    }
}
