using System.Text;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Discovery.Services;
using Mesh.V1;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Discovery;

public sealed class ServiceDirectoryTests
{
    private readonly ServiceDirectory _directory = new([], isWhole: false, new FakeTimeProvider());

    [Theory]
    [InlineData(ServiceStatus.Healthy, false)]
    [InlineData(ServiceStatus.Unspecified, false)]
    [InlineData(ServiceStatus.Unhealthy, true)]
    [InlineData(ServiceStatus.Starting, true)]
    public void Instances_that_drain_are_left_out_only_while_there_is_one_that_is_well(ServiceStatus other, bool areThere)
    {
        _directory.SetPolicy("users", 0, ServicePolicyOptions.Default);
        Endpoint draining = new() { Id = "users-1", Address = "127.0.0.1:5001", Status = ServiceStatus.Draining };
        Endpoint next = new() { Id = "users-2", Address = "127.0.0.1:5002", Status = other };
        Assert.Equal(areThere ? ["users-1", "users-2"] : ["users-2"], Endpoints([draining, next]));
        Assert.Equal(["users-1"], Endpoints([draining]));
    }

    private IEnumerable<string> Endpoints(Endpoint[] endpoints)
    {
        _directory.SetEndpoints("users", 1, true, endpoints);
        _directory.Publish();
        return _directory.Current.Find(Encoding.UTF8.GetBytes("users"))!.Endpoints.Select(endpoint => endpoint.Id);
    }
}
