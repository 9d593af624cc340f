using System.Globalization;
using Google.Protobuf.Collections;
using Mesh.V1;

namespace Mesh.Resources.Gateway;

/// <summary>Filters that change a call or send its caller elsewhere, in our words.</summary>
internal static class GatewayChange
{
    /// <summary>RequestHeaderModifier and ResponseHeaderModifier.</summary>
    public static HeaderChange? Headers(GatewayObject? modifier)
    {
        if (modifier is null)
        {
            return null;
        }

        var change = new HeaderChange();
        Pairs(modifier, "set", change.Set);
        Pairs(modifier, "add", change.Add);
        change.Remove.Add(modifier.Texts("remove").Select(name => name.ToLowerInvariant()));
        modifier.LoseRest();
        return change;
    }

    /// <summary>URLRewrite. A prefix's place is taken when the match is known.</summary>
    public static void ReadRewrite(GatewayObject rewrite, Rewrite into)
    {
        into.Host = rewrite.Text("hostname") ?? "";
        var (whole, prefix) = Path(rewrite);
        if (whole is not null)
        {
            into.Path = whole;
        }
        else if (prefix is not null)
        {
            into.Prefix = prefix;
        }

        rewrite.LoseRest();
    }

    /// <summary>RequestRedirect. A prefix's place is taken when the match is known.</summary>
    public static Redirect Redirect(GatewayObject redirect)
    {
        var host = redirect.Text("hostname") ?? "";
        if (redirect.Text("port") is { } port)
        {
            if (host.Length == 0)
            {
                redirect.Lose("port", "is not carried over without a hostname: a port goes with the host here");
            }
            else
            {
                host = $"{host}:{port}";
            }
        }

        var made = new Redirect { Scheme = redirect.Text("scheme") ?? "", Host = host };
        if (uint.TryParse(redirect.Text("statusCode"), NumberStyles.None, CultureInfo.InvariantCulture, out var status))
        {
            made.Status = status;
        }

        var (whole, prefix) = Path(redirect);
        if (whole is not null)
        {
            made.Path = whole;
        }
        else if (prefix is not null)
        {
            made.Prefix = prefix;
        }

        redirect.LoseRest();
        return made;
    }

    /// <summary>What stands instead of a prefix, of a route whose match is one of the two that a prefix of theirs becomes.</summary>
    /// <returns>False if its match has no prefix, so that nothing can stand instead.</returns>
    public static bool TryPlacePrefix(Route route, GatewayMatch match)
    {
        var (rewrite, redirect) = (route.Rewrite, route.Redirect);
        var asked = rewrite is { HasPrefix: true } ? rewrite.Prefix : redirect is { HasPrefix: true } ? redirect.Prefix : null;
        if (asked is null)
        {
            return true;
        }

        if (match.IsPattern || (match.IsExact && !match.IsHalf))
        {
            return false;
        }

        var instead = asked.TrimEnd('/');
        if (match.IsHalf)
        {
            // The path that is the prefix and nothing more.
            var path = instead.Length == 0 ? "/" : instead;
            rewrite?.Path = path;
            redirect?.Path = path;
        }
        else
        {
            // Without a match it is all that begins with a slash.
            route.Match ??= new RouteMatch();
            if (!route.Match.HasPrefix)
            {
                route.Match.Prefix = "/";
            }

            rewrite?.Prefix = instead + "/";
            redirect?.Prefix = instead + "/";
        }

        return true;
    }

    private static (string? Whole, string? Prefix) Path(GatewayObject of)
    {
        if (of.Object("path") is not { } path)
        {
            return (null, null);
        }

        var found = path.Text("type") == "ReplacePrefixMatch" ? ((string?)null, path.Text("replacePrefixMatch") ?? "") : (path.Text("replaceFullPath"), null);
        path.LoseRest();
        return found;
    }

    private static void Pairs(GatewayObject modifier, string name, MapField<string, string> into)
    {
        foreach (var pair in modifier.Objects(name))
        {
            into[(pair.Text("name") ?? "").ToLowerInvariant()] = pair.Text("value") ?? "";
            pair.LoseRest();
        }
    }
}
