using Mesh.Policy.Balancing;

namespace Mesh.Policy.Tests.Balancing;

public class EndpointSubsetTests
{
    private static readonly EndpointModel Endpoint = new()
    {
        Version = "v2",
        Metadata = new Dictionary<string, string> { ["tier"] = "gold", ["rack"] = "7" },
    };

    [Theory]
    [InlineData("", "", true)]
    [InlineData("v2", "", true)]
    [InlineData("v1", "", false)]
    [InlineData("v2", "tier=gold", true)]
    [InlineData("", "tier=gold,rack=7", true)]
    [InlineData("", "tier=gold,rack=8", false)]
    [InlineData("v1", "tier=gold", false)]
    [InlineData("", "zone=a", false)]
    public void An_endpoint_has_all_that_is_given(string version, string labels, bool isOne) =>
        Assert.Equal(isOne, Of(version, labels).Contains(Endpoint));

    [Fact]
    public void The_order_of_labels_makes_no_other_subset()
    {
        Assert.Equal(Of("v2", "a=1,b=2"), Of("v2", "b=2,a=1"));
        Assert.Equal(Of("v2", "a=1,b=2").GetHashCode(), Of("v2", "b=2,a=1").GetHashCode());
        Assert.NotEqual(Of("v2", "a=1"), Of("v2", "a=2"));
        Assert.NotEqual(Of("v2", "a=1"), Of("v2", "a=1,b=2"));
        Assert.NotEqual(Of("v2", ""), Of("", ""));
    }

    [Fact]
    public void It_can_be_said()
    {
        Assert.Equal("version 'v2' and a '1' and b '2'", Of("v2", "b=2,a=1").ToString());
        Assert.Equal("a '1'", Of("", "a=1").ToString());
        Assert.Equal("", EndpointSubset.All.ToString());
    }

    private static EndpointSubset Of(string version, string labels) => new(
        version, labels.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(label => label.Split('=')).Select(pair => KeyValuePair.Create(pair[0], pair[1])));
}
