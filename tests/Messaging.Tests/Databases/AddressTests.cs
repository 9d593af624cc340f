using Mesh.Messaging.Postgres;

namespace Mesh.Messaging.Tests.Databases;

public sealed class AddressTests
{
    [Theory]
    [InlineData("postgres://mesh:secret@127.0.0.1:1/none", "127.0.0.1:1")]
    [InlineData("postgres://mesh:secret@host", "names no database")]
    [InlineData("postgres://mesh:secret@host/db?fast=yes", "fast=yes")]
    [InlineData("http://host/db", "postgres://USER")]
    public async Task One_that_leads_nowhere_is_named_without_its_password(string address, string named)
    {
        var refused = await Assert.ThrowsAsync<MessagingException>(() => PostgresEngine.OpenAsync(address, new PostgresOptions(), TimeProvider.System, _ => { }));
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }
}
