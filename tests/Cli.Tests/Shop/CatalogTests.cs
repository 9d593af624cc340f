using System.Net;
using Mesh.Cli.Load;

namespace Mesh.Cli.Tests.Shop;

/// <summary>The service of the shop that speaks HTTP/1.1.</summary>
public sealed class CatalogTests(Shop shop) : IClassFixture<Shop>
{
    [Theory]
    [InlineData("items/pen", HttpStatusCode.OK, "{\"sku\":\"pen\",\"name\":\"Fountain pen\",\"price_cents\":150,\"served_by\":\"catalog-7\"}")]
    [InlineData("items", HttpStatusCode.OK, "\"sku\":\"ink\"")]
    [InlineData("items/car", HttpStatusCode.NotFound, "no such item 'car'; there are pen, ink, pad, clip")]
    [InlineData("healthz", HttpStatusCode.OK, "serving")]
    public async Task It_shows_its_items_on_pages(string page, HttpStatusCode status, string text)
    {
        using var answer = await shop.Channels.PagesOf("catalog").GetAsync(new Uri(page, UriKind.Relative));
        Assert.Equal((status, new Version(1, 1)), (answer.StatusCode, answer.Version));
        Assert.Contains(text, WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Unescape(await answer.Content.ReadAsStringAsync())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_is_not_what_was_asked_for_is_a_failed_call()
    {
        // users speaks HTTP/2 alone: to a client of HTTP/1.1 it says so.
        using var channels = ServiceChannels.Direct(new Dictionary<string, string>
        {
            ["users"] = shop.Address("users"),
            ["orders"] = shop.Address("orders"),
            ["catalog"] = shop.Address("users"),
        });
        var log = new CallLog();
        await new ShopCalls(channels, TimeProvider.System).MakeAsync(CallKind.GetItem, 1, log, default);
        Assert.StartsWith("items: ", Assert.Single(log.Failures), StringComparison.Ordinal);
        Assert.Equal(1, log.Take()[CallKind.GetItem].Failures);
    }
}
