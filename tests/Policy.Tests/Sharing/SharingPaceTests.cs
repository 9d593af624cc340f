using Mesh.Policy.Sharing;

namespace Mesh.Policy.Tests.Sharing;

public sealed class SharingPaceTests
{
    [Theory]
    [InlineData(0.5, 0.5, false)]
    [InlineData(0.505, 0.5, false)]
    [InlineData(0.55, 0.5, true)]
    [InlineData(0, 0.01, true)]
    // More than the whole is all the same; that it is not wanted any more is news, however much it was.
    [InlineData(2, 12_000, false)]
    [InlineData(0.3, 12_000, true)]
    [InlineData(0, 1e6, true)]
    public void A_need_is_told_when_it_has_become_another(double wanted, double told, bool isNews) => Assert.Equal(isNews, SharingPace.IsNews(wanted, told));
}
