using Mesh.Policy.Routing.Changes;
using Mesh.V1;

namespace Mesh.Resources;

/// <summary>What is changed of calls on their way, as options. As <see cref="PolicyTranslation"/>.</summary>
internal static class ChangeTranslation
{
    public static RewriteOptions? ToRewrite(Rewrite? rewrite) => rewrite is null ? null : new()
    {
        Path = rewrite.HasPath ? rewrite.Path : null,
        Prefix = rewrite.HasPrefix ? rewrite.Prefix : null,
        Substitution = rewrite.HasSubstitution ? rewrite.Substitution : null,
        Host = rewrite.Host.Length > 0 ? rewrite.Host : null,
        RequestHeaders = ToHeaders(rewrite.RequestHeaders),
        ResponseHeaders = ToHeaders(rewrite.ResponseHeaders),
    };

    private static HeaderChangeOptions ToHeaders(HeaderChange? change) => change is null ? HeaderChangeOptions.None : new()
    {
        Set = [.. change.Set.Select(header => (header.Key, header.Value))],
        Add = [.. change.Add.Select(header => (header.Key, header.Value))],
        Remove = [.. change.Remove],
    };
}
