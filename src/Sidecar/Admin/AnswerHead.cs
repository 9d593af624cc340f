using System.Globalization;
using System.Text;
using Mesh.Hosting;
using Mesh.Sidecar.Admin.Pages;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Admin;

/// <summary>Heads of answers. Pure.</summary>
internal static class AnswerHead
{
    /// <summary>HTTP/2 has names in small letters, and HTTP/1.1 does not mind.</summary>
    private static readonly (byte[] Name, byte[] Value)[] Guards =
        [.. PageGuard.Headers.Select(header => (Encoding.ASCII.GetBytes(header.Key.ToLowerInvariant()), Encoding.ASCII.GetBytes(header.Value)))];

    /// <summary>The caller may send its body.</summary>
    public static HeaderList Continue()
    {
        var head = new HeaderList();
        head.Add(KnownHeader.Status, "100"u8);
        return head;
    }

    /// <param name="answer">Whose head.</param>
    /// <param name="now">RFC 9110 section 6.6.1: who has a clock says when.</param>
    public static HeaderList Of(Answer answer, DateTimeOffset now)
    {
        var head = new HeaderList();
        Add(head, KnownHeader.Status, answer.Status.ToString(CultureInfo.InvariantCulture));
        Add(head, KnownHeader.ContentType, answer.ContentType);
        Add(head, KnownHeader.ContentLength, answer.Body.Length.ToString(CultureInfo.InvariantCulture));
        Add(head, KnownHeader.Date, now.ToString("R", CultureInfo.InvariantCulture));
        if (answer.Allow is { } allow)
        {
            Add(head, KnownHeader.Allow, allow);
        }

        foreach (var (name, value) in Guards)
        {
            head.Add(name, value);
        }

        return head;
    }

    private static void Add(HeaderList head, KnownHeader name, string value) => head.Add(name, Encoding.ASCII.GetBytes(value));
}
