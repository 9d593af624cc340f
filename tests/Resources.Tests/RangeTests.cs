using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Mesh.V1;

namespace Mesh.Resources.Tests;

/// <summary>
/// Every number and duration that people or programs may set has a documented range, both ends of which are taken and what is
/// beyond is refused, 0 included: only what is absent stands for the default. A field that is new fails here until it has a row.
/// </summary>
public class RangeTests
{
    private const double Hour = 3600;

    /// <summary>In units of the field, seconds for durations; no upper end is whatever a duration holds.</summary>
    private static readonly Dictionary<string, (double Min, double? Max)> Ranges = new()
    {
        ["Balancing.ewma_decay"] = (0.1, 600),
        ["Balancing.panic_threshold"] = (0, 100),
        ["Balancing.max_rest"] = (0, Hour),
        ["Balancing.subset_size"] = (1, 10_000),
        ["SlowStart.window"] = (1, Hour),
        ["SlowStart.min_weight_percent"] = (1, 100),
        ["Timeouts.request"] = (0, null),
        ["Timeouts.per_try"] = (0, null),
        ["Timeouts.connect"] = (0.001, 60),
        ["Timeouts.idle"] = (0, null),
        ["Timeouts.max_stream_age"] = (0, 7 * 24 * Hour),
        ["Retry.max_attempts"] = (1, 10),
        ["Retry.http_statuses"] = (400, 599),
        ["Retry.backoff_base"] = (0, Hour),
        ["Retry.backoff_max"] = (0, Hour),
        ["Retry.replay_limit_bytes"] = (0, 16 * 1024 * 1024),
        ["RetryBudget.percent"] = (0, 1000),
        ["RetryBudget.min_per_second"] = (0, 100_000),
        ["Breaker.consecutive_failures"] = (1, 1000),
        ["Breaker.failure_rate"] = (1, 100),
        ["Breaker.min_requests"] = (1, 1_000_000),
        ["Breaker.window"] = (1, 600),
        ["Breaker.open"] = (0.001, Hour),
        ["Breaker.max_open"] = (0.001, 24 * Hour),
        ["Breaker.probes"] = (1, 100),
        ["Breaker.max_ejection_percent"] = (0, 100),
        ["Breaker.http_statuses"] = (400, 599),
        ["Ejection.interval"] = (1, 600),
        ["Ejection.base_time"] = (1, Hour),
        ["Ejection.max_time"] = (1, 24 * Hour),
        ["SuccessRateEjection.stdev_factor"] = (0.1, 10),
        ["SuccessRateEjection.min_hosts"] = (2, 10_000),
        ["SuccessRateEjection.request_volume"] = (1, 1_000_000),
        ["FailurePercentageEjection.threshold"] = (1, 99),
        ["FailurePercentageEjection.min_hosts"] = (1, 10_000),
        ["FailurePercentageEjection.request_volume"] = (1, 1_000_000),
        ["Limits.max_concurrent_requests"] = (1, 1_000_000),
        ["Limits.max_pending_requests"] = (1, 1_000_000),
        ["AdaptiveLimit.min_concurrent_requests"] = (1, 1_000_000),
        ["AdaptiveLimit.interval"] = (0.1, 60),
        ["AdaptiveLimit.memory"] = (5, Hour),
        ["AdaptiveLimit.tolerance_percent"] = (0, 1000),
        ["RateLimit.requests"] = (1, 1_000_000_000),
        ["RateLimit.per"] = (0.001, 24 * Hour),
        ["RateLimit.burst"] = (1, 1_000_000_000),
        ["RateLimit.max_keys"] = (1, 1_000_000),
        ["FaultDelay.duration"] = (0.001, Hour),
        ["FaultDelay.percent"] = (0, 100),
        ["FaultAbort.http_status"] = (200, 599),
        ["FaultAbort.percent"] = (0, 100),
        ["RouteBackend.weight"] = (0, 1_000_000),
        ["Redirect.status"] = (301, 308),
        ["DirectResponse.http_status"] = (200, 599),
        ["Hedging.max_attempts"] = (2, 3),
        ["Hedging.delay"] = (0.001, Hour),
        ["Hedging.percentile"] = (50, 99.9),
        ["Mirror.percent"] = (0, 100),
        ["InboundTimeouts.request"] = (0, null),
        ["InboundTimeouts.connect"] = (0.001, 60),
        ["InboundTimeouts.idle"] = (0, null),
        ["InboundTimeouts.max_stream_age"] = (0, 7 * 24 * Hour),
        ["InboundTimeouts.max_connection_age"] = (0, 7 * 24 * Hour),
        ["InboundLimits.max_concurrent_requests"] = (1, 1_000_000),
        ["InboundLimits.max_pending_requests"] = (1, 1_000_000),
        ["PushSubscription.max_deliveries"] = (1, 1000),
        ["PushSubscription.concurrency"] = (1, 1000),
        ["HealthCheck.interval"] = (0.1, Hour),
        ["HealthCheck.timeout"] = (0.01, 60),
        ["HealthCheck.healthy_threshold"] = (1, 1000),
        ["HealthCheck.unhealthy_threshold"] = (1, 1000),
        ["Instance.port"] = (1, 65535),
        ["Instance.weight"] = (1, 10_000),
        ["Endpoint.weight"] = (1, 10_000),
    };

    /// <summary>Messages that a control plane makes, and requests whose pages follow AIP-158 (0 is the default).</summary>
    private static readonly string[] NotGiven = ["Service", "ConfigResource", "ListConfigRequest", "ListConfigVersionsRequest", "DeleteConfigResponse", "ListReceiptsResponse", "Receipt", "Staging", "Rollout", "RolloutFigures"];

    /// <summary>What the control plane sets, whatever is given, and versions that are compared with those it has set.</summary>
    private static readonly string[] Unbounded = ["Instance.revision", "ApplyRequest.if_version", "DeleteConfigRequest.if_version", "GetConfigRequest.version"];

    public static TheoryData<string> Fields => [.. Ranges.Keys];

    [Fact]
    public void Every_number_and_duration_has_a_range()
    {
        var fields =
            from file in (FileDescriptor[])[ConfigReflection.Descriptor, ServiceReflection.Descriptor]
            from message in file.MessageTypes
            where !NotGiven.Contains(message.Name)
            from field in message.Fields.InDeclarationOrder()
            where IsNumber(field) || IsDuration(field)
            let name = $"{message.Name}.{field.Name}"
            where !Unbounded.Contains(name)
            select name;
        Assert.Equal(Ranges.Keys.Order(), fields.Order());
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void What_is_within_is_taken_and_what_is_beyond_is_refused(string name)
    {
        var (min, max) = Ranges[name];
        var step = FieldOf(name) is { } field && IsDuration(field) ? 1e-6 : 1;
        Assert.Empty(Faults(name, min));
        if (min - step >= 0 || step < 1)
        {
            Assert.Contains("is", Assert.Single(Faults(name, min - step)), StringComparison.Ordinal);
        }

        if (min > 0)
        {
            Assert.Single(Faults(name, 0));
        }

        if (max is { } most)
        {
            Assert.Empty(Faults(name, most));
            Assert.EndsWith($" to {(step < 1 ? DurationText.Format(TimeSpan.FromSeconds(most)) : most)}", Assert.Single(Faults(name, most + step)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_absent_is_the_default_and_valid()
    {
        Assert.Empty(ConfigValidation.Validate("orders", new ServiceConfig()));
        Assert.False(new Retry().HasMaxAttempts);
        Assert.True(Retry.Parser.ParseJson("""{"maxAttempts": 0}""").HasMaxAttempts);
    }

    /// <summary>What is said of this field and its range, when it alone is set.</summary>
    private static List<string> Faults(string name, double value)
    {
        var field = FieldOf(name);
        var target = (IMessage)Activator.CreateInstance(field.ContainingType.ClrType)!;
        Set(target, field, value);
        var all = target switch
        {
            Balancing balancing => Config(new ServiceConfig { Balancing = balancing }),
            SlowStart start => Config(new ServiceConfig { Balancing = new Balancing { SlowStart = start } }),
            Timeouts timeouts => Config(new ServiceConfig { Timeouts = timeouts }),
            Retry retry => Config(new ServiceConfig { Retry = retry }),
            RetryBudget budget => Config(new ServiceConfig { Retry = new Retry { Budget = budget } }),
            Breaker breaker => Config(new ServiceConfig { Breaker = breaker }),
            Ejection ejection => Config(new ServiceConfig { Ejection = ejection }),
            SuccessRateEjection rate => Config(new ServiceConfig { Ejection = new Ejection { SuccessRate = rate } }),
            FailurePercentageEjection failures => Config(new ServiceConfig { Ejection = new Ejection { FailurePercentage = failures } }),
            Limits limits => Config(new ServiceConfig { Limits = limits }),
            AdaptiveLimit limit => Config(new ServiceConfig { Limits = new Limits { Adaptive = limit } }),
            RateLimit limit => Config(new ServiceConfig { RateLimits = { limit } }),
            FaultDelay delay => Config(new ServiceConfig { Fault = new Fault { Delay = delay } }),
            FaultAbort abort => Config(new ServiceConfig { Fault = new Fault { Abort = abort } }),
            RouteBackend backend => Config(new ServiceConfig { Routes = { new Route { Backends = { backend } } } }),
            Redirect redirect => Config(new ServiceConfig { Routes = { new Route { Redirect = redirect } } }),
            DirectResponse response => Config(new ServiceConfig { Routes = { new Route { DirectResponse = response } } }),
            Hedging hedging => Config(new ServiceConfig { Hedging = hedging }),
            Mirror mirror => Config(new ServiceConfig { Routes = { new Route { Mirror = mirror } } }),
            InboundTimeouts timeouts => InboundValidation.Validate("orders", new InboundConfig { Timeouts = timeouts }),
            PushSubscription push => InboundValidation.Validate("orders", new InboundConfig
            {
                Push = { new PushSubscription(push) { Name = "a", Path = "/a", Types_ = { "a" } } },
            }),
            InboundLimits limits => InboundValidation.Validate("orders", new InboundConfig { Limits = limits }),
            HealthCheck check => InstanceValidation.Validate(new Registration { Instance = new Instance(), HealthCheck = check }),
            Instance instance => InstanceValidation.Validate(instance),
            Endpoint endpoint => StaticFileValidation.Validate(new StaticFile { Services = { new StaticService { Name = "a", Endpoints = { endpoint } } } }),
            _ => throw new InvalidOperationException($"{name}: no message holds it; add one here"),
        };
        return [.. all.Where(line => line.Contains("." + field.Name, StringComparison.Ordinal)
            && (line.Contains("is not within", StringComparison.Ordinal) || line.Contains("is less than", StringComparison.Ordinal)))];
    }

    private static IReadOnlyList<string> Config(ServiceConfig config) => ConfigValidation.Validate("orders", config);

    private static void Set(IMessage target, FieldDescriptor field, double value)
    {
        if (IsDuration(field))
        {
            field.Accessor.SetValue(target, Duration.FromTimeSpan(TimeSpan.FromSeconds(value)));
        }
        else if (field.IsRepeated)
        {
            ((IList)field.Accessor.GetValue(target)).Add((uint)value);
        }
        else if (field.FieldType == FieldType.Double)
        {
            field.Accessor.SetValue(target, value);
        }
        else
        {
            field.Accessor.SetValue(target, (uint)value);
        }
    }

    private static FieldDescriptor FieldOf(string name)
    {
        var parts = name.Split('.');
        var message = ConfigReflection.Descriptor.MessageTypes.Concat(ServiceReflection.Descriptor.MessageTypes).Single(m => m.Name == parts[0]);
        return message.FindFieldByName(parts[1]);
    }

    private static bool IsNumber(FieldDescriptor field) => field.FieldType is FieldType.UInt32 or FieldType.Int32 or FieldType.UInt64
        or FieldType.Int64 or FieldType.Double or FieldType.Float
        || (field.FieldType == FieldType.Message && field.MessageType.File == WrappersReflection.Descriptor);

    private static bool IsDuration(FieldDescriptor field) =>
        field.FieldType == FieldType.Message && field.MessageType == Duration.Descriptor;
}
