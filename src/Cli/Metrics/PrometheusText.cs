using System.Globalization;

namespace Mesh.Cli.Metrics;

/// <summary>
/// Reads the Prometheus text format (version 0.0.4), tolerantly: lines it cannot make sense of are passed over, since
/// a page of another program's may hold more than this one knows.
/// </summary>
internal static class PrometheusText
{
    public static IReadOnlyList<Sample> Parse(string page)
    {
        var samples = new List<Sample>();
        foreach (var line in page.AsSpan().EnumerateLines())
        {
            if (ParseLine(line.Trim()) is { } sample)
            {
                samples.Add(sample);
            }
        }

        return samples;
    }

    private static Sample? ParseLine(ReadOnlySpan<char> line)
    {
        if (line.IsEmpty || line[0] == '#')
        {
            return null;
        }

        var end = line.IndexOfAny('{', ' ', '\t');
        if (end <= 0)
        {
            return null;
        }

        var name = line[..end].ToString();
        var labels = new Dictionary<string, string>();
        var rest = line[end..];
        if (rest[0] == '{')
        {
            var length = ParseLabels(rest, labels);
            if (length < 0)
            {
                return null;
            }

            rest = rest[length..];
        }

        // A timestamp, or an exemplar, may follow the value.
        rest = rest.TrimStart();
        var space = rest.IndexOfAny(' ', '\t');
        var number = space < 0 ? rest : rest[..space];
        return TryNumber(number, out var value) ? new Sample(name, labels, value) : null;
    }

    // How far the labels reach, the closing brace included; -1 if they are broken.
    private static int ParseLabels(ReadOnlySpan<char> text, Dictionary<string, string> labels)
    {
        var at = 1;
        while (at < text.Length)
        {
            if (text[at] == '}')
            {
                return at + 1;
            }

            if (text[at] is ',' or ' ')
            {
                at++;
                continue;
            }

            var equals = text[at..].IndexOf('=');
            if (equals < 0 || at + equals + 1 >= text.Length || text[at + equals + 1] != '"')
            {
                return -1;
            }

            var key = text.Slice(at, equals).Trim().ToString();
            at += equals + 2;
            var value = new System.Text.StringBuilder();
            while (at < text.Length && text[at] != '"')
            {
                if (text[at] == '\\' && at + 1 < text.Length)
                {
                    at++;
                    value.Append(text[at] == 'n' ? '\n' : text[at]);
                }
                else
                {
                    value.Append(text[at]);
                }

                at++;
            }

            labels[key] = value.ToString();
            at++;
        }

        return -1;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out double value)
    {
        value = text switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            _ => double.NaN,
        };
        return !double.IsNaN(value) || text is "NaN" || double.TryParse(text, CultureInfo.InvariantCulture, out value);
    }
}
