namespace Mesh.Cli.Metrics;

/// <summary>The calls over one edge of the service graph, as the calling sidecar counted them.</summary>
internal sealed class EdgeReading
{
    public Buckets Durations { get; private init; } = new();

    /// <summary>Those that ended with another code than OK; of what is no gRPC, with 4xx or 5xx.</summary>
    public double Failures { get; private set; }

    /// <summary>Histograms of calls, in seconds, that the sidecars' metrics pages hold.</summary>
    private const string Instrument = "mesh_call_duration_seconds";

    /// <summary>Reads a page of one sidecar: the services it calls, and how that goes.</summary>
    public static IReadOnlyDictionary<string, EdgeReading> OfPage(string page)
    {
        var edges = new Dictionary<string, EdgeReading>();
        foreach (var sample in PrometheusText.Parse(page))
        {
            if (!sample.Name.StartsWith(Instrument, StringComparison.Ordinal) || sample.Label("direction") != "outbound")
            {
                continue;
            }

            var service = sample.Label("service");
            if (!edges.TryGetValue(service, out var edge))
            {
                edges.Add(service, edge = new EdgeReading());
            }

            edge.Add(sample);
        }

        return edges;
    }

    public EdgeReading Since(EdgeReading earlier) => new()
    {
        Durations = Durations.Since(earlier.Durations),
        Failures = Failures >= earlier.Failures ? Failures - earlier.Failures : Failures,
    };

    /// <summary>Both together: the calls of two instances of one caller.</summary>
    public EdgeReading And(EdgeReading other) => new()
    {
        Durations = Durations.And(other.Durations),
        Failures = Failures + other.Failures,
    };

    private void Add(Sample sample)
    {
        if (sample.Name == Instrument + "_bucket")
        {
            var bound = sample.Label("le");
            if (bound == "+Inf")
            {
                Durations.Add(double.PositiveInfinity, sample.Value);
            }
            else if (double.TryParse(bound, System.Globalization.CultureInfo.InvariantCulture, out var seconds))
            {
                Durations.Add(seconds, sample.Value);
            }
        }
        else if (sample.Name == Instrument + "_count" && sample.Label("code") is not ("OK" or "0" or "HTTP_1XX" or "HTTP_2XX" or "HTTP_3XX"))
        {
            Failures += sample.Value;
        }
    }
}
