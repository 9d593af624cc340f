using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Sidecar.Readings;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>Which calls a request for /calls asks for, as it is written there.</summary>
/// <param name="Trace">The trace's id; empty: any.</param>
/// <param name="Request">The x-request-id; empty: any.</param>
/// <param name="Service">The service; empty: any.</param>
/// <param name="Last">How far back; empty: as far as is remembered.</param>
/// <param name="Most">How many; empty: 100.</param>
internal sealed record CallsAsked(string Trace, string Request, string Service, string Last, string Most)
{
    public static readonly CallsAsked All = new("", "", "", "", "");
}

/// <summary>/calls: the last calls that failed or were slow, in the JSON form of mesh.v1.SidecarCalls.</summary>
internal sealed class CallsPage(SidecarView view)
{
    private const int LongestShown = 80;

    private readonly RecordedCalls _calls = new(view);

    public async Task<Answer> AnswerAsync(CallsAsked asked)
    {
        var query = new Api.CallQuery { TraceId = asked.Trace, RequestId = asked.Request, Service = asked.Service };
        if (asked.Last.Length > 0)
        {
            if (!DurationText.TryParse(asked.Last, out var last))
            {
                return Answer.Text($"/calls: last: '{PrintableText.Of(asked.Last, LongestShown)}' is no duration (for example 5m)\n", 400);
            }

            query.Last = last.ToDuration();
        }

        if (asked.Most.Length > 0)
        {
            if (!uint.TryParse(asked.Most, NumberStyles.None, CultureInfo.InvariantCulture, out var most) || most is 0 or > 1000)
            {
                return Answer.Text($"/calls: most: '{PrintableText.Of(asked.Most, LongestShown)}' is no number of 1 to 1000\n", 400);
            }

            query.Most = most;
        }

        var body = JsonFormatter.Default.Format(await _calls.FindAsync(query)) + "\n";
        return new Answer(200, "application/json", new System.Buffers.ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)));
    }
}
