using Google.Protobuf.WellKnownTypes;

namespace Mesh.Resources.Validation;

/// <summary>Collects what is wrong with a message.</summary>
internal sealed class Findings
{
    /// <summary>Nobody mends more at once, and each costs memory before it is told.</summary>
    private const int Most = 50;

    private readonly List<Finding> _all = [];

    public IReadOnlyList<Finding> All => _all;

    /// <summary>There are as many as are kept, and one more: what goes through a list stops.</summary>
    public bool IsFull => _all.Count > Most;

    /// <summary>A line each: "PATH: what is wrong".</summary>
    public IReadOnlyList<string> Lines => IsFull
        ? [.. _all.Take(Most).Select(finding => finding.ToString()), "and more: these are the first of them"]
        : [.. _all.Select(finding => finding.ToString())];

    public void Add(string path, string what)
    {
        if (!IsFull)
        {
            _all.Add(new Finding(path, what));
        }
    }

    /// <summary>A list of bounded length.</summary>
    /// <returns>How many of it are to be looked at.</returns>
    public int Count(string path, int count, int max)
    {
        if (count > max)
        {
            Add(path, $"{count} are too many; at most {max}");
        }

        return Math.Min(count, max);
    }

    public void Range(string path, long value, long min, long max)
    {
        if (value < min || value > max)
        {
            Add(path, $"{value} is not within {min} to {max}");
        }
    }

    /// <summary>The same for a number that may be absent, which is the default.</summary>
    public void RangeIfGiven(string path, bool isGiven, uint value, uint min, uint max)
    {
        if (isGiven)
        {
            Range(path, value, min, max);
        }
    }

    /// <summary>A duration within bounds; absent is fine. The upper bound null: whatever a duration holds.</summary>
    public void Within(string path, Duration? value, TimeSpan min, TimeSpan? max)
    {
        if (value is null)
        {
            return;
        }

        if (!Durations.IsNormal(value))
        {
            Add(path, "is not a valid duration; the nanoseconds are 0 to 999999999 with the sign of the seconds");
            return;
        }

        var span = Durations.ToTimeSpan(value);
        if (span < min || span > max)
        {
            var shown = Durations.Show(value);
            Add(path, max is { } bound
                ? $"{shown} is not within {Durations.Show(min)} to {Durations.Show(bound)}"
                : $"{shown} is less than {Durations.Show(min)}");
        }
    }

    /// <summary>Text of bounded length that is for printing: it is shown in tables, logs and pages beside that of others.</summary>
    public void Text(string path, string value, int maxLength)
    {
        if (value.Length > maxLength)
        {
            Add(path, $"{value.Length} characters are too many; at most {maxLength}");
        }
        else if (PrintableText.WhyNot(value) is { } why)
        {
            Add(path, why);
        }
    }

    /// <summary>Who somebody is; empty is nobody.</summary>
    public void SpiffeId(string path, string value)
    {
        if (value.Length > 0 && !Mesh.SpiffeId.TryParse(value, out _))
        {
            Add(path, $"{Names.Quote(value)} is no SPIFFE id; write it like spiffe://mesh.local/service/orders");
        }
    }

    /// <summary>The name of a service.</summary>
    public void ServiceName(string path, string value)
    {
        if (Names.WhyNoServiceName(value) is { } why)
        {
            Add(path, why);
        }
    }

    /// <summary>Free labels.</summary>
    public void Metadata(string path, IDictionary<string, string> metadata)
    {
        const int maxEntries = 64;
        const int maxLength = 256;
        if (metadata.Count > maxEntries)
        {
            Add(path, $"{metadata.Count} entries are too many; at most {maxEntries}");
        }

        foreach (var (key, value) in metadata.Take(maxEntries))
        {
            if (key.Length == 0)
            {
                Add(path, "a key is empty; give it a name");
            }

            var shown = $"{path}[{Names.Quote(key)}]";
            Text(shown + " key", key, maxLength);
            Text(shown, value, maxLength);
        }
    }
}
