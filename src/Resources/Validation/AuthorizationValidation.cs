using Google.Protobuf.Collections;
using Mesh.V1;

namespace Mesh.Resources.Validation;

/// <summary>Whether rules of authorization can take a call, and say what they seem to.</summary>
internal static class AuthorizationValidation
{
    private const int MaxRules = 256;
    private const int MaxIdentities = 64;
    private const int MaxMethods = 16;
    private const int MaxPaths = 64;
    private const int MaxHeaders = 16;
    private const int MaxName = 128;
    private const int MaxText = 2048;

    public static void Check(Findings findings, string path, Authorization? authorization)
    {
        if (authorization is null)
        {
            return;
        }

        findings.Text(path + ".name", authorization.Name, MaxName);
        CheckRules(findings, path + ".allow", authorization.Allow);
        CheckRules(findings, path + ".deny", authorization.Deny);
    }

    private static void CheckRules(Findings findings, string path, RepeatedField<AuthorizationRule> rules)
    {
        var count = findings.Count(path, rules.Count, MaxRules);
        for (var i = 0; i < count && !findings.IsFull; i++)
        {
            CheckRule(findings, $"{path}[{i}]", rules[i]);
        }
    }

    private static void CheckRule(Findings findings, string path, AuthorizationRule rule)
    {
        if (rule.Identities.Count + rule.Methods.Count + rule.Paths.Count + rule.Headers.Count == 0)
        {
            findings.Add(path, "has no condition and takes every call; give it one (paths: [/*] is every call)");
        }

        findings.Text(path + ".name", rule.Name, MaxName);
        Each(findings, path + ".identities", rule.Identities, MaxIdentities, CheckIdentity);
        Each(findings, path + ".methods", rule.Methods, MaxMethods, CheckMethod);
        Each(findings, path + ".paths", rule.Paths, MaxPaths, CheckPath);
        var count = findings.Count(path + ".headers", rule.Headers.Count, MaxHeaders);
        for (var i = 0; i < count; i++)
        {
            MatchValidation.CheckHeader(findings, $"{path}.headers[{i}]", rule.Headers[i]);
        }
    }

    private static void Each(Findings findings, string path, RepeatedField<string> texts, int most, Action<Findings, string, string> check)
    {
        var count = findings.Count(path, texts.Count, most);
        for (var i = 0; i < count && !findings.IsFull; i++)
        {
            check(findings, $"{path}[{i}]", texts[i]);
        }
    }

    private static void CheckIdentity(Findings findings, string path, string identity)
    {
        var isRight = identity == "*"
            || (identity.StartsWith("spiffe://", StringComparison.Ordinal) ? SpiffeId.TryParse(identity, out _)
                : identity.EndsWith('*') ? DnsLabel.IsValid(identity[..^1].TrimEnd('-')) : DnsLabel.IsValid(identity));
        if (!isRight)
        {
            findings.Add(path, $"{Names.Quote(identity)} is no service's name, no beginning of one (order-*), no SPIFFE id and not *");
        }
    }

    private static void CheckMethod(Findings findings, string path, string method)
    {
        if (!Names.IsToken(method) || method.Any(char.IsAsciiLetterLower))
        {
            findings.Add(path, $"{Names.Quote(method)} is no HTTP method; write it like GET");
        }
    }

    private static void CheckPath(Findings findings, string path, string text)
    {
        findings.Text(path, text, MaxText);
        if (text != "*")
        {
            MatchValidation.CheckPath(findings, path, text);
        }

        if (text[..Math.Max(0, text.Length - 1)].Contains('*'))
        {
            findings.Add(path, $"{Names.Quote(text)} has a * that is not at its end, where it means nothing");
        }
    }
}
