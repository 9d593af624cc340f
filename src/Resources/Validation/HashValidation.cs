using Google.Protobuf.Collections;
using Mesh.V1;

namespace Mesh.Resources.Validation;

/// <summary>Whether calls can be told apart by what is named.</summary>
internal static class HashValidation
{
    private const int MaxHashes = 8;

    public static void Check(Findings findings, string path, RepeatedField<HashOn> sources)
    {
        var count = findings.Count(path, sources.Count, MaxHashes);
        for (var i = 0; i < count; i++)
        {
            Check(findings, $"{path}[{i}]", sources[i]);
        }
    }

    private static void Check(Findings findings, string path, HashOn source)
    {
        switch (source.SourceCase)
        {
            case HashOn.SourceOneofCase.Header:
                MatchValidation.CheckHeaderName(findings, path + ".header", source.Header);
                break;
            case HashOn.SourceOneofCase.Cookie:
                // A cookie's name is a token, in whatever case.
                if (!Names.IsToken(source.Cookie))
                {
                    findings.Add(path + ".cookie", $"{Names.Quote(source.Cookie)} is no cookie's name; letters, digits and !#$%&'*+-.^_`|~ only");
                }

                break;
            case HashOn.SourceOneofCase.SourceAddress when !source.SourceAddress:
            case HashOn.SourceOneofCase.Path when !source.Path:
            case HashOn.SourceOneofCase.None:
                findings.Add(path, "names nothing; write one of header, cookie, source_address: true and path: true");
                break;
        }
    }
}
