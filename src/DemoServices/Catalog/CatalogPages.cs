namespace Mesh.DemoServices.Catalog;

/// <summary>
/// The catalog's pages, which are no gRPC and come over HTTP/1.1: <c>GET /items</c>, <c>GET /items/SKU</c>, and <c>GET /healthz</c> for
/// whoever asks whether it serves. Calls nobody.
/// </summary>
internal static class CatalogPages
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/items", static (ItemCatalog items) => Results.Json(items.All));
        app.MapGet("/items/{sku}", static (string sku, ItemCatalog items) => items.Find(sku) is { } item
            ? Results.Json(item)
            : Results.Problem($"no such item '{sku}'; there are {string.Join(", ", items.All.Select(other => other.Sku))}", statusCode: StatusCodes.Status404NotFound));
        app.MapGet("/healthz", static (IHostApplicationLifetime life) => life.ApplicationStopping.IsCancellationRequested
            ? Results.Text("draining\n", statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Text("serving\n"));
    }
}
