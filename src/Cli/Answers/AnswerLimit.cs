using Google.Protobuf;

namespace Mesh.Cli.Answers;

/// <summary>
/// What bounds an answer in parts: one that never ends, or goes round in circles, is told from one that is large. One for
/// each answer; one caller at a time.
/// </summary>
/// <param name="what">What the answer holds, for the fault.</param>
internal sealed class AnswerLimit(string what)
{
    /// <summary>Some hundred thousand instances; what is larger is asked for service by service.</summary>
    private const int MaxMegabytes = 256;

    private readonly HashSet<string> _tokens = [];
    private long _bytes;

    /// <summary>Counts a part.</summary>
    /// <exception cref="CliException">It is one too many.</exception>
    public void Add(IMessage part)
    {
        _bytes += part.CalculateSize();
        if (_bytes > MaxMegabytes * 1024L * 1024)
        {
            throw new CliException($"the control plane sent more than {MaxMegabytes} MiB of {what}, and it was not all; ask for one service at a time");
        }
    }

    /// <summary>Counts a page and takes the token of the next, empty after the last.</summary>
    /// <exception cref="CliException">It is one too many, or leads back.</exception>
    public string Next(IMessage page, string token)
    {
        Add(page);
        return token.Length == 0 || _tokens.Add(token)
            ? token
            : throw new CliException($"the control plane led in a circle through its pages of {what}: the token '{PrintableText.Of(token, 80)}' came twice");
    }
}
