using Mesh.Demo.V1;

namespace Mesh.DemoServices.Users;

/// <summary>
/// The users there are: u-1 to u-100, the same in every instance. Never changes once built, so any thread may read it.
/// </summary>
internal sealed class UserDirectory
{
    private const int Count = 100;

    /// <summary>A billion, in cents: a load that runs for weeks must not run out of money.</summary>
    private const long Credit = 100_000_000_000;

    private static readonly string[] Names = ["Ada", "Barbara", "Edsger", "Frances", "Grace", "Ken", "Leslie", "Margaret", "Niklaus", "Radia"];

    private readonly string _servedBy;
    private readonly Dictionary<string, User> _byId;

    /// <param name="servedBy">The name of this instance, shown with every user it hands out.</param>
    public UserDirectory(string servedBy)
    {
        _servedBy = servedBy;
        _byId = Enumerable.Range(1, Count).Select(Seed).ToDictionary(user => user.Id);
    }

    /// <summary>In the order of their numbers.</summary>
    public IEnumerable<User> All => _byId.Values;

    public User? Find(string id) => _byId.GetValueOrDefault(id);

    // The last one has no credit, so that a declined payment can be shown.
    private User Seed(int number) => new()
    {
        Id = $"u-{number}",
        Name = Names[(number - 1) % Names.Length],
        Email = $"u-{number}@example.org",
        CreditCents = number == Count ? 0 : Credit,
        ServedBy = _servedBy,
    };
}
