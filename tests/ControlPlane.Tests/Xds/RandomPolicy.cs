using Google.Protobuf.WellKnownTypes;
using Mesh.V1;
using Endpoint = Mesh.V1.Endpoint;
using Route = Mesh.V1.Route;

namespace Mesh.ControlPlane.Tests.Xds;

/// <summary>Configurations and instances by chance, most of them such as people could write.</summary>
internal sealed class RandomPolicy(Random random)
{
    private static readonly string[] Services = ["orders", "users", "payments"];
    private static readonly string[] Codes = ["CANCELLED", "UNKNOWN", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "INTERNAL", "UNAVAILABLE", "14", "ABORTED"];
    private static readonly string[] Paths = ["/", "/pkg.Shop/", "/pkg.Shop/Buy", "/pkg", "/ä b"];
    private static readonly string[] Patterns = ["/users/[0-9]+", "/a|/b", "(?i)/x", "/\\d{2,}", "/[^/]+/v[12]", "/x{1,1000}", "/(a)(?<n>b)", "/[]a]", "/\\p{L}+", "[a-z-[aeiou]]", "^/a$"];
    private static readonly string[] Values = ["", "v1", "a b&c=d|e?f", "ü", "1"];
    private static readonly string[] Names = ["x-user", "x-tier", "content-type", "grpc-x", "a-bin"];

    public ServiceConfig Config() => new()
    {
        Balancing = Maybe(Balancing),
        Timeouts = Maybe(Timeouts),
        Retry = Maybe(Retry),
        Breaker = Maybe(Breaker),
        Limits = Maybe(() => new V1.Limits { MaxConcurrentRequests = (uint)random.Next(1, 1000) }),
        Fault = Maybe(Fault),
        Ejection = Maybe(Ejection),
        Routes = { Many(5, Route) },
    };

    public List<Endpoint> Endpoints() =>
    [
        .. Many(12, () => new Endpoint
        {
            Address = Pick("10.0.0.1:1", "10.0.0.2:65535", "[::1]:80", "[fe80::1%eth0]:80", "host.example:80", "[0:0:0:0:0:0:0:1]:80", "localhost:1", "10.0.0.3:0", "10.0.0.1:2"),
            Weight = (uint)random.Next(1, 10_001),
            Locality = Pick("", "eu", "eu/a", "eu/b", "us/a"),
            Version = Pick(Values),
            Metadata = { { "tier", Pick(Values) } },
            Status = Pick(System.Enum.GetValues<ServiceStatus>()),
        }),
    ];

    public string Locality() => Pick("", "eu", "eu/a", "us", "mars/x");

    private Balancing Balancing() => new()
    {
        Policy = Pick(System.Enum.GetValues<Balancing.Types.Policy>()),
        PanicThreshold = Maybe(() => (uint?)random.Next(0, 101)),
        HashOn = { Many(3, () => random.Next(2) == 0 ? new HashOn { Header = Pick(Names) } : new HashOn { Path = true }) },
        Prefer = Pick(System.Enum.GetValues<Balancing.Types.LocalityPreference>()),
    };

    private Timeouts Timeouts() => new() { Request = Maybe(() => Time(0, 10_000)), PerTry = Maybe(() => Time(0, 1000)) };

    private Retry Retry()
    {
        var retry = new Retry
        {
            MaxAttempts = (uint)random.Next(1, 11),
            Codes = { Many(4, () => Pick(Codes)).Distinct() },
            BackoffBase = Maybe(() => Time(0, 500)),
            BackoffMax = Maybe(() => Time(0, 500)),
        };
        retry.Methods.Add(Many(3, () => Pick("/pkg.Shop/", "/pkg.Shop/Buy", "/pkg.Shop/Sell")).Distinct());
        return retry;
    }

    private Breaker Breaker()
    {
        var breaker = new Breaker { Disabled = random.Next(4) == 0, MaxEjectionPercent = (uint)random.Next(0, 101), Open = Maybe(() => Time(1, 3_600_000)), MaxOpen = Maybe(() => Time(1, 3_600_000)) };
        if (random.Next(2) == 0)
        {
            breaker.FailureRate = (uint)random.Next(1, 101);
        }

        return breaker;
    }

    private Fault Fault() => new()
    {
        Delay = Maybe(() => new FaultDelay { Duration = Time(1, 1000), Percent = random.NextDouble() * 100 }),
        Abort = Maybe(() => random.Next(2) == 0 ? new FaultAbort { Code = Pick(Codes), Percent = random.NextDouble() * 100 } : new FaultAbort { HttpStatus = (uint)random.Next(200, 600) }),
    };

    private Ejection Ejection() => new()
    {
        Interval = Maybe(() => Time(1000, 60_000)),
        BaseTime = Maybe(() => Time(1000, 60_000)),
        MaxTime = Maybe(() => Time(1000, 60_000)),
        SuccessRate = Maybe(() => new SuccessRateEjection()),
        FailurePercentage = Maybe(() => new FailurePercentageEjection { Threshold = (uint)random.Next(1, 100) }),
    };

    private Route Route()
    {
        var route = new Route { Match = Maybe(Match), Timeouts = Maybe(Timeouts), Retry = Maybe(Retry), Fault = Maybe(Fault) };
        switch (random.Next(6))
        {
            case 0:
                route.Backends.Add(Many(4, () => new RouteBackend { Service = Pick(Services), Subset = Maybe(Subset), Weight = (uint)random.Next(0, 1_000_001) }));
                break;
            case 1:
                route.Redirect = new() { Path = "/elsewhere" };
                break;
            case 2:
                route.DirectResponse = new() { HttpStatus = (uint)random.Next(200, 600) };
                break;
            case 3:
                route.Subset = Subset();
                route.Fallbacks.Add(Many(2, Subset));
                break;
            case 4:
                route.Service = Pick(Services);
                break;
        }

        return route;
    }

    private RouteMatch Match()
    {
        var match = new RouteMatch
        {
            HttpMethod = Pick("", "", "POST", "GET"),
            Headers = { Many(5, () => Header()) },
            Source = random.Next(4) == 0 ? new SourceMatch { Service = Pick(Services) } : null,
        };
        switch (random.Next(5))
        {
            case 0: match.Exact = Pick(Paths); break;
            case 1: match.Prefix = Pick(Paths); break;
            case 2: match.PathRegex = Pick(Patterns); break;
            case 3: match.Query.Add(new QueryMatch { Name = "q" }); break;
        }

        return match;
    }

    private HeaderMatch Header()
    {
        var header = new HeaderMatch { Name = Pick(Names), Invert = random.Next(3) == 0 };
        switch (random.Next(3))
        {
            case 0: header.Exact = Pick(Values); break;
            case 1: header.Prefix = Pick(Values); break;
        }

        return header;
    }

    private Subset Subset() => new() { Version = Pick(Values), Metadata = { { "tier", Pick(Values) } } };

    private Duration Time(int min, int max) => TimeSpan.FromMilliseconds(random.Next(min, max + 1)).ToDuration();

    private T? Maybe<T>(Func<T> make) => random.Next(2) == 0 ? default : make();

    private List<T> Many<T>(int most, Func<T> make) => [.. Enumerable.Range(0, random.Next(most + 1)).Select(_ => make())];

    private T Pick<T>(params T[] of) => of[random.Next(of.Length)];
}
