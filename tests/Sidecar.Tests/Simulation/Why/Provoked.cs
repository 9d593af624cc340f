using Mesh.Bench.Traffic.Simulated;
using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Faults;
using Mesh.Policy.Limiting;
using Mesh.Policy.Outcomes;
using Mesh.Policy.RateLimiting;
using Mesh.Policy.Retrying;
using Mesh.Policy.Routing;
using Mesh.Policy.Routing.Answers;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Tests.Simulation.Why;

/// <summary>What goes wrong, one at a time: each brings it about and gives the finding that a user is to be told.</summary>
internal static class Provoked
{
    private static readonly ServicePolicyOptions Plain = new() { Retry = new RetryOptions { MaxAttempts = 1 } };

    private static readonly ServicePolicyOptions Classic = Plain with
    {
        Breaker = new BreakerOptions { ConsecutiveFailures = 3, MaxEjectionPercent = 100 },
        Balancing = new BalancingOptions { PanicThresholdPercent = 0 },
    };

    private static readonly Action<ScriptedCall> Never = static _ => { };
    private static readonly Action<ScriptedCall> Well = static call => call.Reply(GrpcStatus.Ok);

    /// <summary>By what happens: the causes that are to be named, the first one last, and how it is brought about.</summary>
    public static readonly Dictionary<string, (string Causes, Action<Scene> Bring)> All = new()
    {
        ["the app answers UNAVAILABLE"] = ("AppError", scene => Answers(scene, GrpcStatus.Unavailable)),
        ["the app answers INTERNAL"] = ("AppError", scene => Answers(scene, GrpcStatus.Internal)),
        ["the app finds nothing"] = ("AppRefused", scene => Answers(scene, GrpcStatus.NotFound)),
        ["the app lets nobody in"] = ("AppRefused", scene => Answers(scene, GrpcStatus.PermissionDenied)),
        ["the app is older than its caller"] = ("MethodUnknown", scene => Answers(scene, GrpcStatus.Unimplemented)),
        ["an app without a sidecar answers UNAVAILABLE"] = ("AppError", scene => Alone(scene, Plain, static call => call.Reply(GrpcStatus.Unavailable))),
        ["the app answers HTTP 503"] = ("AppHttpError", scene => With(scene, Plain, static call => call.ReplyHttp(503)).Call("users", Protocol.Http1)),
        ["the app answers HTTP 404"] = ("AppRefused", scene => With(scene, Plain, static call => call.ReplyHttp(404)).Call("users", Protocol.Http1)),
        ["something else answers gRPC in HTTP"] = ("NotGrpc", scene => With(scene, Plain, static call => call.ReplyHttp(502)).Call("users")),
        ["an answer without its status"] = ("AnswerBroken", scene => With(scene, Plain, static call => call.ReplyHttp(200, isGrpc: true)).Call("users")),
        ["the app is not there"] = ("AppDown", scene => Learnt(scene, Plain, scene.Beside("users", scene.World.Nobody())).Call("users")),
        ["the app takes connections and is silent"] = ("AppSilent", scene => Learnt(scene, Plain, scene.Beside("users", scene.World.Silence())).Call("users")),
        ["the app dies with the call"] = ("AppCrashed", scene => With(scene, Plain, static call => call.Cut()).Call("users")),
        ["the app breaks the call off"] = ("AppReset", scene => With(scene, Plain, static call => call.Reset(ErrorCode.InternalError)).Call("users")),
        ["the app takes longer than the caller waits"] = ("AppSlow", scene => With(scene, Plain, Never).CallWithin(500, "users")),
        ["the app takes longer than timeouts.request"] = ("AppSlow", scene => With(scene, Plain with { Timeouts = new TimeoutOptions { Request = Ms(300) } }, Never).Call("users")),
        ["the app is slow, and well"] = ("AppSlow", scene => With(scene, Plain, Late(scene, 1500)).Call("users")),
        ["an instance without a sidecar is too slow"] = ("InstanceSlow", scene => Alone(scene, Plain, Never, Scene.Deadline(500))),
        ["an instance without a sidecar breaks off"] = ("PeerReset", scene => Alone(scene, Plain, static call => call.Reset(ErrorCode.InternalError))),
        ["an instance without a sidecar dies"] = ("ConnectionLost", scene => Alone(scene, Plain, static call => call.Cut())),
        ["an instance takes no streams"] = ("StreamRefused", scene => Alone(scene, Plain, static call => call.Reset(ErrorCode.RefusedStream))),
        ["the instance's machine runs, its sidecar does not"] = ("InstanceGone", scene => At(scene, Plain, SimulatedSidecar.At(scene.World.Nobody())).Call("users")),
        ["the instance is silent"] = ("InstanceSilent", scene => At(scene, Plain, SimulatedSidecar.At(scene.World.Silence())).Call("users")),
        ["its first caller's deadline is used up before"] = ("DeadlineEatenBefore", DeadlineEatenBefore),
        ["attempts use the deadline up"] = ("DeadlineEatenByRetries PerTryTooShort", DeadlineEatenByRetries),
        ["the deadline goes by without a connection"] = ("DeadlineEatenByConnecting", scene => At(scene, Plain, SimulatedSidecar.At(scene.World.Silence())).CallWithin(300, "users")),
        ["the deadline is shorter than any answer"] = ("DeadlineTooShort", DeadlineTooShort),
        ["an attempt takes longer than it may"] = ("PerTryTooShort", scene => With(scene, Plain with { Timeouts = new TimeoutOptions { PerTry = Ms(100) } }, Late(scene, 200)).Call("users")),
        ["nothing moves for too long"] = ("StreamIdle", scene => With(scene, Plain with { Timeouts = new TimeoutOptions { Idle = Ms(100) } }, Never).Call("users")),
        ["nobody has the name"] = ("UnknownService", scene => scene.Call("usres")),
        ["a route leads to nobody"] = ("NoRoute", scene => Learnt(scene, RouteTo("nobody"), scene.Beside("users", Well)).Call("users")),
        ["a route leads to nobody, and the newer one is rejected"] = ("NoRoute ConfigRejected", Rejected),
        ["a call goes in a circle"] = ("RouteLoop", scene => With(scene, Plain, Well).Call("users", Protocol.Http2, ("x-mesh-hops", "10"))),
        ["there is no instance"] = ("NoInstances", scene => At(scene, Plain).Call("users")),
        ["no instance is of the subset"] = ("SubsetEmpty", scene => Learnt(scene, RouteTo(null, "v2"), scene.Beside("users", Well)).Call("users")),
        ["no instance is well"] = ("AllUnhealthy", AllUnhealthy),
        ["circuits open since the app is down"] = ("CircuitOpen AppError", scene => OpenCircuit(scene, static call => call.Reply(GrpcStatus.Unavailable))),
        ["circuits open since connections are refused"] = ("CircuitOpen InstanceGone", CircuitOpenOfNobody),
        ["too many calls are under way"] = ("PoolFull", PoolFull),
        ["too many calls are under way at those who are left"] = ("PoolFullBehindOpenCircuit AppError", PoolFullBehindOpenCircuit),
        ["too many calls wait for a connection"] = ("TooManyWaiting", TooManyWaiting),
        ["a rate limit"] = ("RateLimited", RateLimited),
        ["the retry budget is spent"] = ("RetryBudgetSpent AppError", RetryBudgetSpent),
        ["a fault"] = ("FaultInjected", scene => With(scene, Plain with { Fault = new FaultOptions { Abort = FaultStatus.OfGrpc(GrpcStatus.Unavailable) } }, Well).Call("users")),
        ["a delay, and the call is slow"] = ("FaultDelay", scene => With(scene, Plain with { Fault = new FaultOptions { Delay = Ms(1200) } }, Well).Call("users")),
        ["a delay longer than the deadline"] = ("FaultDelay", scene => With(scene, Plain with { Fault = new FaultOptions { Delay = Ms(1200) } }, Well).CallWithin(500, "users")),
        ["a redirect"] = ("RouteRedirect", scene => With(scene, Route(new RouteOptions { Name = "moved", Redirect = new RedirectOptions { Host = "else.where" } }), Well).Call("users")),
        ["an answer of the route's own"] = ("RouteAnswer", scene => With(scene, Route(new RouteOptions { Name = "closed", DirectResponse = new DirectResponseOptions { Status = FaultStatus.OfHttp(503) } }), Well).Call("users")),
        ["two hops away the app is not there"] = ("AppDown", scene => OverMiddle(scene, scene.Beside("leaf", scene.World.Nobody()))),
        ["two hops away the app answers INTERNAL"] = ("AppError", scene => OverMiddle(scene, scene.Beside("leaf", static call => call.Reply(GrpcStatus.Internal)))),
        ["two hops away the app is slow"] = ("AppSlow", scene => OverMiddle(scene, scene.Beside("leaf", Late(scene, 1500)))),
        ["two hops away nobody has the name"] = ("UnknownService", scene => OverMiddle(scene, null)),
        ["attempts make a call slow"] = ("DeadlineEatenByRetries AppSilent", SlowByRetries),
    };

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private static Action<ScriptedCall> Late(Scene scene, int milliseconds) => call => scene.World.After(Ms(milliseconds).Ticks, () => call.Reply(GrpcStatus.Ok));

    private static Scene Learnt(Scene scene, ServicePolicyOptions policy, params SimulatedSidecar[] instances)
    {
        scene.Learn("users", policy, instances);
        return scene;
    }

    private static Scene With(Scene scene, ServicePolicyOptions policy, Action<ScriptedCall> app) => Learnt(scene, policy, scene.Beside("users", app));

    private static Scene At(Scene scene, ServicePolicyOptions policy, params Api.Endpoint[] endpoints)
    {
        scene.Front.Learn("users", policy, endpoints);
        return scene;
    }

    private static void Answers(Scene scene, int code) => With(scene, Plain, call => call.Reply(code)).Call("users");

    private static void Alone(Scene scene, ServicePolicyOptions policy, Action<ScriptedCall> app, params (string, string)[] more) =>
        At(scene, policy, SimulatedSidecar.At(new ScriptedServer(scene.World, app).Address)).Call("users", Protocol.Http2, more);

    private static ServicePolicyOptions Route(RouteOptions route) => Plain with { Routes = [route] };

    private static ServicePolicyOptions RouteTo(string? service, string version = "") =>
        Route(new RouteOptions { Name = "new", Backends = [new BackendOptions { Service = service, Subset = new EndpointSubset(version, []) }] });

    private static void OverMiddle(Scene scene, SimulatedSidecar? leaf)
    {
        SimulatedCaller? own = null;
        var middle = scene.Beside("middle", call => own!.Call("leaf", end => call.Reply(end.Code), [MiddleService.Trace(scene.World, call.Trace)]));
        own = new SimulatedCaller(scene.World, middle.Outbound);
        if (leaf is not null)
        {
            middle.Learn("leaf", Plain, SimulatedSidecar.At(leaf.Inbound, isSidecar: true));
        }

        scene.Learn("middle", Plain, middle);
        scene.Call("middle");
    }

    private static void DeadlineEatenBefore(Scene scene)
    {
        SimulatedCaller? own = null;
        var leaf = scene.Beside("leaf", Late(scene, 400));
        var middle = scene.Beside("middle", call => scene.World.After(Ms(800).Ticks, () =>
            own!.Call("leaf", end => call.Reply(end.Code), [MiddleService.Trace(scene.World, call.Trace), Scene.Deadline(190)])));
        own = new SimulatedCaller(scene.World, middle.Outbound);
        middle.Learn("leaf", Plain, SimulatedSidecar.At(leaf.Inbound, isSidecar: true));
        scene.Learn("middle", Plain, middle);
        scene.CallWithin(1000, "middle");
    }

    private static void DeadlineEatenByRetries(Scene scene)
    {
        var policy = Plain with
        {
            Retry = new RetryOptions { RetriableCodes = 1u << GrpcStatus.Unavailable },
            Timeouts = new TimeoutOptions { PerTry = Ms(300) },
        };
        Alone(scene, policy, Never, Scene.Deadline(500));
    }

    private static void SlowByRetries(Scene scene)
    {
        var silent = scene.Beside("users", scene.World.Silence());
        var well = scene.Beside("users", Well);
        scene.Learn("users", new ServicePolicyOptions { Balancing = new BalancingOptions { Kind = BalancerKind.RoundRobin }, Timeouts = new TimeoutOptions { Connect = TimeSpan.FromSeconds(2) } }, silent, well);
        for (var i = 0; i < 2; i++)
        {
            scene.Call("users"); // one of two comes to the silent one first
            if (scene.Told().Any(told => told.Service == "front" && told.Calls.Count > 0))
            {
                return;
            }
        }
    }

    private static void DeadlineTooShort(Scene scene)
    {
        With(scene, Plain, Late(scene, 15)).CallOften(30, "users");
        scene.CallWithin(2, "users");
    }

    private static void Rejected(Scene scene)
    {
        scene.Unapplied("policy", "users", "routes[0].backends[0]: this version knows no such field");
        Learnt(scene, RouteTo("nobody"), scene.Beside("users", Well)).Call("users");
    }

    private static void AllUnhealthy(Scene scene)
    {
        var sidecar = scene.Beside("users", Well);
        var ill = SimulatedSidecar.At(sidecar.Inbound, isSidecar: true);
        ill.Status = Api.ServiceStatus.Unhealthy;
        At(scene, Classic, ill).Call("users");
    }

    private static void OpenCircuit(Scene scene, Action<ScriptedCall> app)
    {
        With(scene, Classic, app).CallOften(3, "users");
        scene.Call("users");
    }

    private static void CircuitOpenOfNobody(Scene scene)
    {
        At(scene, Classic, SimulatedSidecar.At(scene.World.Nobody())).CallOften(3, "users");
        scene.Call("users");
    }

    private static void PoolFull(Scene scene)
    {
        With(scene, Plain with { Limits = new LimitOptions { MaxConcurrentRequests = 2 } }, Late(scene, 500));
        scene.Begin("users");
        scene.Begin("users");
        scene.Call("users");
    }

    private static void PoolFullBehindOpenCircuit(Scene scene)
    {
        var failing = scene.Beside("users", static call => call.Reply(GrpcStatus.Unavailable));
        var policy = Classic with { Limits = new LimitOptions { MaxConcurrentRequests = 2 }, Balancing = new BalancingOptions { Kind = BalancerKind.RoundRobin, PanicThresholdPercent = 0 } };
        scene.Learn("users", policy, failing, scene.Beside("users", Late(scene, 500)));
        for (var i = 0; i < 10; i++)
        {
            scene.Begin("users");
            scene.World.Run(TimeSpan.FromSeconds(1));
        }

        scene.Begin("users");
        scene.Begin("users");
        scene.Call("users");
    }

    private static void TooManyWaiting(Scene scene)
    {
        At(scene, Plain with { Limits = new LimitOptions { MaxPendingRequests = 1 } }, SimulatedSidecar.At(scene.World.Silence()));
        scene.Begin("users");
        scene.Begin("users");
        scene.World.Run(Ms(10));
    }

    private static void RateLimited(Scene scene)
    {
        With(scene, Plain with { RateLimits = [new RateLimitOptions { Requests = 1, Per = TimeSpan.FromMinutes(1), Burst = 1 }] }, Well).Call("users");
        scene.Call("users");
    }

    private static void RetryBudgetSpent(Scene scene)
    {
        var retry = new RetryOptions { RetriableCodes = 1u << GrpcStatus.Unavailable, BudgetPercent = 0, BudgetMinPerSecond = 0 };
        With(scene, Plain with { Retry = retry, Breaker = new BreakerOptions { Enabled = false } }, static call => call.Reply(GrpcStatus.Unavailable)).Call("users");
    }
}
