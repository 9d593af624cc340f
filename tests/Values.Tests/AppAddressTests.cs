namespace Mesh.Values.Tests;

public class AppAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:8080", true)]
    [InlineData("[::1]:8080", true)]
    [InlineData("localhost:8080", true)]
    [InlineData("127.0.0.1:0", false)]
    [InlineData("unix:/run/app.sock", true)]
    [InlineData("unix:/ä b", true)]
    [InlineData("unix:", false)]
    [InlineData("unix:/", false)]
    [InlineData("unix:run/app.sock", false)]
    [InlineData("unix:./app.sock", false)]
    [InlineData("unix:@abstract", false)]
    [InlineData("unix:/a\0b", false)]
    [InlineData("unix:/a\nb", false)]
    [InlineData("/run/app.sock", false)]
    public void It_is_a_host_with_a_port_or_an_absolute_path(string text, bool valid) => Assert.Equal(valid, AppAddress.IsValid(text));

    [Fact]
    public void A_path_is_as_long_as_a_system_takes_in_bytes()
    {
        Assert.True(AppAddress.TryGetSocketPath("unix:/" + new string('a', AppAddress.MaxPathBytes - 1), out var longest));
        Assert.Equal(longest, new System.Net.Sockets.UnixDomainSocketEndPoint(longest).ToString());
        Assert.False(AppAddress.IsValid("unix:/" + new string('a', AppAddress.MaxPathBytes)));
        Assert.False(AppAddress.IsValid("unix:/" + new string('ä', AppAddress.MaxPathBytes / 2) + "a"));
    }
}
