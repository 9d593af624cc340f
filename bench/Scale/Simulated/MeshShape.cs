using System.Globalization;

namespace Mesh.Bench.Scale.Simulated;

/// <summary>
/// A mesh of simulated sidecars: each subscribes to ten services, every one to the first, every tenth to the second, and to
/// others in turn; together they hold the instances of all services.
/// </summary>
internal sealed record MeshShape(int Sidecars, int Services, int InstancesPerService)
{
    private const int SubscriptionsEach = 10;
    private const int OneInConcerned = 10;

    /// <summary>The service that all subscribe to.</summary>
    public static string Everyones => NameOf(0);

    /// <summary>The service that a tenth subscribe to.</summary>
    public static string Concerning => NameOf(1);

    public int Instances => Services * InstancesPerService;

    /// <summary>How many subscribe to <see cref="Concerning"/>.</summary>
    public int Concerned => (Sidecars + OneInConcerned - 1) / OneInConcerned;

    /// <summary>What the issue has measured at 2,000 and 5,000, and smaller below.</summary>
    public static MeshShape Of(int sidecars) => sidecars switch
    {
        >= 5000 => new(sidecars, 1000, 20),
        >= 2000 => new(sidecars, 1000, 5),
        _ => new(sidecars, Math.Max(SubscriptionsEach + 2, sidecars), 2),
    };

    public static string NameOf(int service) => string.Create(CultureInfo.InvariantCulture, $"service-{service:0000}");

    /// <summary>What a sidecar subscribes to.</summary>
    public IReadOnlyList<string> SubscriptionsOf(int sidecar)
    {
        List<string> names = [Everyones];
        if (sidecar % OneInConcerned == 0)
        {
            names.Add(Concerning);
        }

        for (var i = 0; names.Count < SubscriptionsEach; i++)
        {
            names.Add(NameOf(2 + ((sidecar * 7) + i) % (Services - 2)));
        }

        return names;
    }

    /// <summary>The instances that a sidecar holds, each as its service and its number in it.</summary>
    public IEnumerable<(int Service, int Number)> InstancesOf(int sidecar)
    {
        for (var i = sidecar; i < Instances; i += Sidecars)
        {
            yield return (i % Services, i / Services);
        }
    }
}
