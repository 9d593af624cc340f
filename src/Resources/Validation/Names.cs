namespace Mesh.Resources.Validation;

/// <summary>What names may look like.</summary>
internal static class Names
{
    /// <summary>Null if it is a DNS label that is nobody else's.</summary>
    public static string? WhyNoServiceName(string value)
    {
        const string rule = "1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit";
        if (value.Length == 0)
        {
            return "is missing; " + rule;
        }

        return DnsLabel.IsValid(value) ? ReservedName.WhyNot(value) : $"{Quote(value)} is not a service's name; {rule}";
    }

    /// <summary>A token of HTTP (RFC 9110 section 5.6.2).</summary>
    public static bool IsToken(string value) => HttpToken.IsValid(value);

    /// <summary>In quotes, on one line and not too long, whatever a peer sent.</summary>
    public static string Quote(string value)
    {
        const int longest = 80;
        return $"'{PrintableText.Of(value, longest)}'";
    }
}
