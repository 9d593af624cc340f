using Mesh.Hosting;
using Mesh.Sidecar.Admin.Pages;
using Mesh.Sidecar.Readings;
using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Admin;

/// <summary>The pages by their paths. Any thread; several requests at once.</summary>
internal sealed class AdminPages(SidecarView view, AdminHooks hooks, Log log)
{
    private const string Index = """
        mesh-sidecar
          /livez        200 while the process runs
          /readyz       200 when it takes calls, 503 with the reasons, a line each, while it does not
          /metrics      Prometheus text
          /config       the snapshot in force: services, versions, endpoints, routes, policy   (?format=json|text)
          /clusters     endpoints with status, breaker, load and latency                       (?format=json|text)
          /connections  connections and streams under way, by loop                             (?format=json|text)
          /calls        the last calls that failed or were slow   (?trace=&request=&service=&last=5m&most=100)
          /drain        POST: take nothing new, finish what is under way, then end; ?wait answers when it is finished
          /log-level    GET tells it; POST ?level=trace|debug|info|warning|error|off sets it

        """;

    private readonly MetricsPage _metrics = new(view);
    private readonly ConfigPage _config = new(view);
    private readonly ClustersPage _clusters = new(view);
    private readonly ConnectionsPage _connections = new(view);
    private readonly CallsPage _calls = new(view);

    /// <summary>Of a path that is none of ours, in messages.</summary>
    public const int LongestShown = 80;

    /// <summary>The page reads what the request's body says.</summary>
    public static bool WantsBody(AdminRequest request) => request is { Method: "POST", Path: "/log-level", Level: "" };

    public async Task<Answer> AnswerAsync(AdminRequest request)
    {
        var allowed = request.Path switch
        {
            "/" or "/livez" or "/readyz" or "/metrics" or "/config" or "/clusters" or "/connections" or "/calls" => "GET, HEAD",
            "/log-level" => "GET, HEAD, POST",
            "/drain" => "POST",
            "" => "GET, HEAD, POST", // CONNECT names none
            _ => null,
        };
        if (allowed is null)
        {
            return Answer.Text($"there is no page {PrintableText.Of(request.Path, LongestShown)}; there are:\n{Index}", 404);
        }

        if (!allowed.Split(", ").Contains(request.Method))
        {
            return Answer.Text($"{request.Path}: {allowed} only\n", 405) with { Allow = allowed };
        }

        if (request is { Method: "POST", IsFromBrowserPage: true })
        {
            // Any page that is open in a browser on this machine could post here otherwise.
            return Answer.Text($"{request.Path}: not from a web page (the request has an Origin header)\n", 403);
        }

        return request.Path switch
        {
            "/livez" => Answer.Text("ok\n"),
            "/readyz" => await ReadyAsync(),
            "/metrics" => await _metrics.AnswerAsync(),
            "/config" => _config.Answer(request.WantsText),
            "/clusters" => _clusters.Answer(request.WantsText),
            "/connections" => await _connections.AnswerAsync(request.WantsText),
            "/calls" => await _calls.AnswerAsync(request.Calls),
            "/drain" => await DrainAsync(request.Wait),
            "/log-level" => LogLevelOf(request),
            _ => Answer.Text(Index),
        };
    }

    private async Task<Answer> ReadyAsync()
    {
        var (ready, reason) = await hooks.ReadyAsync();
        return Answer.Text(reason + "\n", ready ? 200 : 503);
    }

    private async Task<Answer> DrainAsync(bool wait)
    {
        var drained = hooks.DrainAsync();
        if (!wait)
        {
            var grace = DurationText.Format(view.Options.DrainGrace);
            return Answer.Text($"draining: new calls are turned away, those under way have up to {grace} to finish, then the process ends\n", 202);
        }

        await drained;
        return Answer.Text("drained; the process ends\n");
    }

    private Answer LogLevelOf(AdminRequest request)
    {
        if (request.Method == "POST")
        {
            if (!LogLevels.TryParse(request.Level, out var level))
            {
                return Answer.Text($"/log-level: '{request.Level}' is no level; ?level= takes {string.Join(", ", LogLevels.Names)}\n", 400);
            }

            log.Level = level;
        }

        return Answer.Text(LogLevels.Word(log.Level) + "\n");
    }
}
