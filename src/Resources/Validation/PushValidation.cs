using System.Globalization;
using Google.Protobuf.Collections;
using Mesh.V1;

namespace Mesh.Resources.Validation;

/// <summary>Whether events can be sent to an app as its inbound config says.</summary>
internal static class PushValidation
{
    private const int MostSubscriptions = 16;
    private const int MostTypes = 16;
    private const int MaxText = 256;
    private const uint MostDeliveries = 1000;
    private const uint MostConcurrency = 1000;

    public static void Check(Findings findings, string path, RepeatedField<PushSubscription> push)
    {
        var count = findings.Count(path, push.Count, MostSubscriptions);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var (one, at) = (push[i], string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"));
            if (!DnsLabel.IsValid(one.Name))
            {
                findings.Add(at + ".name", "must be 1 to 63 small letters, digits and inner hyphens");
            }
            else if (!names.Add(one.Name))
            {
                findings.Add(at + ".name", $"'{one.Name}' is that of another one");
            }

            CheckTypes(findings, at + ".types", one.Types_);
            if (!one.Path.StartsWith('/') || one.Path.Length > MaxText || one.Path.Any(character => character is <= ' ' or >= '\x7f' or '#'))
            {
                findings.Add(at + ".path", $"must be a path that begins with a slash, of up to {MaxText} printable ASCII characters");
            }

            findings.RangeIfGiven(at + ".max_deliveries", one.HasMaxDeliveries, one.MaxDeliveries, 1, MostDeliveries);
            findings.RangeIfGiven(at + ".concurrency", one.HasConcurrency, one.Concurrency, 1, MostConcurrency);
        }
    }

    private static void CheckTypes(Findings findings, string path, RepeatedField<string> types)
    {
        if (types.Count == 0)
        {
            findings.Add(path, "must name one type of events at least; > stands for all");
        }

        var count = findings.Count(path, types.Count, MostTypes);
        for (var i = 0; i < count; i++)
        {
            findings.Text(string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), types[i], MaxText);
            if (!IsPattern(types[i]))
            {
                findings.Add(string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), "must be parts of letters, digits, '-', '_', '/' and ':' with dots between them, with * for a part or > at the end");
            }
        }
    }

    private static bool IsPattern(string type)
    {
        var parts = type.Split('.');
        return parts.Select((part, i) => part == "*" || (part == ">" && i == parts.Length - 1)
            || (part.Length != 0 && part.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '/' or ':'))).All(isFit => isFit);
    }
}
