using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Tests.Upstream;

public sealed class ConnectionFailureTests
{
    [Fact]
    public void A_socket_that_goes_while_hands_are_shaken_is_told_in_words() =>
        Assert.Equal(
            "it has closed the connection",
            ConnectionFailure.Describe(new HttpRequestException("sending", new IOException("hands", new ObjectDisposedException("socket")))));

    [Fact]
    public void What_a_library_says_of_a_connection_in_its_own_words_is_not_passed_on()
    {
        Assert.Equal("it has closed the connection", ConnectionFailure.Describe(new HttpRequestException("sending", new IOException("The response ended"))));
        Assert.Equal("the connection has failed", ConnectionFailure.Describe(new HttpRequestException("sending", new InvalidOperationException("state"))));
        Assert.Equal(
            ConnectionFailure.NotHttp2,
            ConnectionFailure.Describe(new HttpRequestException(HttpRequestError.InvalidResponse, "handshake", new IOException("The response ended"))));
    }

    [Fact]
    public void What_is_not_about_a_connection_is_left_to_others() =>
        Assert.Null(ConnectionFailure.Describe(new InvalidOperationException("other")));
}
