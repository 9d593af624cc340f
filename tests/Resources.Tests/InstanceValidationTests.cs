using Mesh.V1;

namespace Mesh.Resources.Tests;

public class InstanceValidationTests
{
    private static Instance Valid => new() { Service = "orders", Address = "10.0.0.1", Port = 8080 };

    [Fact]
    public void The_required_fields_suffice()
    {
        Assert.Empty(InstanceValidation.Validate(Valid));
        Assert.Empty(InstanceValidation.Validate(new Registration { Instance = Valid }));
    }

    [Fact]
    public void Each_fault_is_one_line()
    {
        var instance = new Instance
        {
            Id = new string('x', 129),
            Service = "Orders",
            Address = "10.0.0.1:80",
            Port = 70_000,
            Weight = 10_001,
            Version = "a\u0007",
            Status = (ServiceStatus)77,
        };
        Assert.Equal(
            [
                "instance.id: 129 characters are too many; at most 128",
                "instance.service: 'Orders' is not a service's name; 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit",
                "instance.address: '10.0.0.1:80' is no IP address or host name; the port is a field of its own",
                "instance.port: 70000 is not within 1 to 65535",
                "instance.weight: 10001 is not within 1 to 10000",
                "instance.version: has a control character (U+0007) at position 2; leave it out",
                "instance.status: 77 is no status",
            ],
            InstanceValidation.Validate(instance));
        Assert.Equal(
            ["instance.service: is missing; 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit",
             "instance.address: is missing; write an IP address or a host name",
             "instance.port: 0 is not within 1 to 65535"],
            InstanceValidation.Validate(new Instance()));
        Assert.Equal(
            ["instance: is missing; service, address and port are required"],
            InstanceValidation.Validate(new Registration()));
    }

    [Fact]
    public void Metadata_is_bounded()
    {
        var instance = Valid;
        for (var i = 0; i < 65; i++)
        {
            instance.Metadata[$"k{i}"] = "v";
        }

        Assert.Equal(["instance.metadata: 65 entries are too many; at most 64"], InstanceValidation.Validate(instance));

        instance = Valid;
        instance.Metadata["a"] = new string('v', 257);
        instance.Metadata["b"] = "x\ny";
        Assert.Equal(
            [
                "instance.metadata['a']: 257 characters are too many; at most 256",
                "instance.metadata['b']: has a control character (U+000A) at position 2; leave it out",
            ],
            InstanceValidation.Validate(instance));
    }

    [Fact]
    public void All_paths_together_are_bounded()
    {
        var registration = new Registration { Instance = Valid };
        registration.Methods.Add(Enumerable.Range(0, 300).Select(_ => new ServedMethod { Protocol = "grpc", Path = "/" + new string('x', 999) }));
        Assert.Equal(["methods: paths of 300000 characters in all are too long; at most 262144"], InstanceValidation.Validate(registration));
    }

    [Fact]
    public void The_rest_of_a_registration_is_checked_too()
    {
        var registration = new Registration
        {
            Instance = Valid,
            Methods = { new ServedMethod { Protocol = "soap", Path = "x" } },
            Dependencies = { "users", "Pay ments" },
            HealthCheck = new HealthCheck { Http = new HttpCheck { Path = "healthz" }, Interval = new() { Nanos = 1 } },
        };
        Assert.Equal(
            [
                "methods[0].protocol: 'soap' is no protocol; grpc or http",
                "methods[0].path: 'x' does not begin with '/'; write an absolute path",
                "dependencies[1]: 'Pay ments' is not a service's name; 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit",
                "health_check.http.path: 'healthz' does not begin with '/'; write an absolute path",
                "health_check.interval: 1ns is not within 100ms to 1h",
            ],
            InstanceValidation.Validate(registration));
    }
}
