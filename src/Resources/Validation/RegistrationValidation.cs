using Mesh.V1;

namespace Mesh.Resources.Validation;

/// <summary>Whether the rest of a registration, beside the instance, is possible.</summary>
internal static class RegistrationValidation
{
    // A service with more methods than this lists generated names, which a registry must not keep for it.
    private const int MaxMethods = 10_000;
    private const int MaxMethodsText = 256 * 1024;
    private const int MaxDependencies = 1_000;
    private const int MaxPath = 1024;
    private const int MaxIncarnation = 128;

    public static void Check(Findings findings, Registration registration)
    {
        CheckMethods(findings, registration);
        findings.Text("incarnation", registration.Incarnation, MaxIncarnation);
        var dependencies = findings.Count("dependencies", registration.Dependencies.Count, MaxDependencies);
        for (var i = 0; i < dependencies && !findings.IsFull; i++)
        {
            findings.ServiceName($"dependencies[{i}]", registration.Dependencies[i]);
        }

        if (registration.HealthCheck is { } check)
        {
            CheckHealth(findings, "health_check", check);
        }
    }

    private static void CheckMethods(Findings findings, Registration registration)
    {
        var count = findings.Count("methods", registration.Methods.Count, MaxMethods);
        // A service's message has to stay within what gRPC clients accept, 4 MiB.
        if (registration.Methods.Sum(method => (long)method.Path.Length) is > MaxMethodsText and var text)
        {
            findings.Add("methods", $"paths of {text} characters in all are too long; at most {MaxMethodsText}");
        }

        for (var i = 0; i < count && !findings.IsFull; i++)
        {
            var method = registration.Methods[i];
            if (method.Protocol is not ("grpc" or "http"))
            {
                findings.Add($"methods[{i}].protocol", $"{Names.Quote(method.Protocol)} is no protocol; grpc or http");
            }

            CheckPath(findings, $"methods[{i}].path", method.Path);
        }
    }

    private static void CheckHealth(Findings findings, string path, HealthCheck check)
    {
        const uint maxThreshold = 1000;
        switch (check.CheckCase)
        {
            case HealthCheck.CheckOneofCase.Http:
                CheckPath(findings, path + ".http.path", check.Http.Path);
                break;
            case HealthCheck.CheckOneofCase.Grpc:
                findings.Text(path + ".grpc.service", check.Grpc.Service, MaxPath);
                break;
            default:
                break;
        }

        findings.Within(path + ".interval", check.Interval, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        findings.Within(path + ".timeout", check.Timeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(60));
        findings.RangeIfGiven(path + ".healthy_threshold", check.HasHealthyThreshold, check.HealthyThreshold, 1, maxThreshold);
        findings.RangeIfGiven(path + ".unhealthy_threshold", check.HasUnhealthyThreshold, check.UnhealthyThreshold, 1, maxThreshold);
    }

    private static void CheckPath(Findings findings, string path, string text)
    {
        findings.Text(path, text, MaxPath);
        if (!text.StartsWith('/'))
        {
            findings.Add(path, $"{Names.Quote(text)} does not begin with '/'; write an absolute path");
        }
    }
}
