using System.Text.Json.Serialization;

namespace Mesh.DemoServices.Catalog;

/// <summary>An item as the catalog's pages show it, in JSON.</summary>
/// <param name="Sku">What an order names it by.</param>
/// <param name="Name">For people.</param>
/// <param name="PriceCents">Of one.</param>
/// <param name="ServedBy">The instance that answered.</param>
internal sealed record CatalogItem(
    [property: JsonPropertyName("sku")] string Sku,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("price_cents")] int PriceCents,
    [property: JsonPropertyName("served_by")] string ServedBy);
