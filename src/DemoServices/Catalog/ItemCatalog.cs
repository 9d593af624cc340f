namespace Mesh.DemoServices.Catalog;

/// <summary>The items there are, the same in every instance. Never changes once built, so any thread may read it.</summary>
/// <param name="servedBy">The name of this instance, shown with every item it hands out.</param>
internal sealed class ItemCatalog(string servedBy)
{
    private readonly Dictionary<string, CatalogItem> _bySku = new CatalogItem[]
    {
        new("pen", "Fountain pen", 150, servedBy),
        new("ink", "Bottle of ink", 700, servedBy),
        new("pad", "Writing pad", 320, servedBy),
        new("clip", "Box of clips", 95, servedBy),
    }.ToDictionary(item => item.Sku);

    /// <summary>In no order that would mean anything.</summary>
    public IEnumerable<CatalogItem> All => _bySku.Values;

    public CatalogItem? Find(string sku) => _bySku.GetValueOrDefault(sku);
}
