using Mesh.Resources.Files;

namespace Mesh.Sidecar.Joining;

/// <summary>By what a sidecar joins: a token in a file, which is read at each attempt, or in a variable, which is taken out of the environment so that the app does not inherit it.</summary>
internal sealed class JoinToken
{
    /// <summary>Holds the token itself.</summary>
    public const string Variable = "MESH_JOIN_TOKEN";

    private const int Longest = 256;

    private readonly string? _file;
    private readonly string? _text;

    private JoinToken(string? file, string? text)
    {
        _file = file;
        _text = text;
    }

    /// <param name="file">Of --join-token-file; null if there is none.</param>
    /// <param name="text">Of the variable; null if it is not set.</param>
    public static JoinToken? Of(string? file, string? text) => file is null && text is null ? null : new JoinToken(file, text);

    /// <summary>The variable's value, which is gone from the environment then.</summary>
    public static string? TakeVariable()
    {
        var text = Environment.GetEnvironmentVariable(Variable);
        Environment.SetEnvironmentVariable(Variable, null);
        return string.IsNullOrEmpty(text) ? null : text;
    }

    /// <param name="token">The token.</param>
    /// <param name="fault">Why there is none, without what was read.</param>
    public bool TryRead(out string token, out string fault)
    {
        fault = "";
        token = _text ?? "";
        if (_file is not null && !ResourceFile.TryRead(_file, out token, out fault))
        {
            fault = $"--join-token-file: {fault}";
            return false;
        }

        token = token.Trim();
        if (token.Length is 0 or > Longest)
        {
            fault = _file is null ? $"{Variable}: holds no token" : $"--join-token-file: {_file}: holds no token";
        }

        return fault.Length == 0;
    }
}
