using System.Text;
using Mesh.Policy.Hashing;

namespace Mesh.Policy.Balancing.Hashing;

/// <summary>
/// Consistent hashing (Karger and others, "Consistent hashing and random trees", 1997; gRFC A42): each endpoint has points on a ring, by
/// its weight, and a call goes to the next one. Of n endpoints one that goes takes away a share of the keys of 1/n, which spread over all others.
/// </summary>
internal sealed class HashRing : HashTable
{
    // With so many an endpoint, shares are within some 3 % of what they should be, and the largest of fifty is some 9 % too large.
    private const int PointsPerEndpoint = 1024;
    private const int MostPoints = 1 << 17;

    private readonly ulong[] _points;
    private readonly int[] _endpoints;

    public HashRing(ReadOnlySpan<EndpointState> endpoints)
        : base(endpoints)
    {
        var all = Math.Min(endpoints.Length * PointsPerEndpoint, MostPoints);
        var total = Weights.Sum(weight => (long)weight);
        var points = new List<ulong>(all + endpoints.Length);
        var owners = new List<int>(all + endpoints.Length);
        for (var i = 0; i < endpoints.Length; i++)
        {
            var id = Encoding.UTF8.GetBytes(Ids[i]);
            var own = Math.Max(1, (int)Math.Round((double)all * Weights[i] / total));
            for (var point = 0; point < own; point++)
            {
                points.Add(XxHash64.Hash(id, (ulong)point));
                owners.Add(i);
            }
        }

        _points = [.. points];
        _endpoints = [.. owners];
        Array.Sort(_points, _endpoints);
    }

    public override int Find(ulong hash, int step, ref int place)
    {
        if (step == 0)
        {
            var found = Array.BinarySearch(_points, hash);
            place = found >= 0 ? found : ~found;
        }
        else
        {
            place++;
        }

        if (place >= _points.Length)
        {
            place = 0;
        }

        return _endpoints[place];
    }
}
