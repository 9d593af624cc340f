using System.Text;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;

namespace Mesh.Policy.Tests.Retrying;

public class MethodSetTests
{
    [Fact]
    public void It_has_single_methods_and_whole_services()
    {
        var set = new MethodSet(["/demo.v1.Orders/Get", "/demo.v1.Users/"]);
        Assert.True(Has(set, "/demo.v1.Orders/Get"));
        Assert.False(Has(set, "/demo.v1.Orders/GetAll"));
        Assert.False(Has(set, "/demo.v1.Orders/"));
        Assert.True(Has(set, "/demo.v1.Users/Find"));
        Assert.False(Has(set, "/demo.v1.UsersAdmin/Find"));
        Assert.False(Has(set, ""));
    }

    [Fact]
    public void Without_any_path_it_has_every_method()
    {
        Assert.True(Has(new MethodSet([]), "/x.Y/Z"));
        Assert.True(Has(MethodSet.All, ""));
    }

    [Fact]
    public void Http_statuses_are_a_set_of_400_to_599()
    {
        var set = new HttpStatusSet([400, 463, 464, 503, 599, 200, 600]);
        Assert.Equal([400, 463, 464, 503, 599], Enumerable.Range(0, 1000).Where(set.Contains));
        Assert.Equal(set, new HttpStatusSet([599, 503, 464, 463, 400]));
        Assert.NotEqual(set, new HttpStatusSet([599]));
    }

    private static bool Has(MethodSet set, string path) => set.Contains(Encoding.UTF8.GetBytes(path));
}
