namespace Mesh.ControlPlane.Trust;

/// <summary>How the keys of trust in the store are made up.</summary>
internal static class TrustKeys
{
    public const string Authority = "t/authority";
    public const string Tokens = "tt/";
    public const string Certificates = "tc/";

    public static string Token(string id) => Tokens + id;

    public static string Of(string service, string instance) => $"{Certificates}{service}/{instance}";
}
