using System.Net;
using Mesh.Hosting;
using Mesh.Sidecar.Admin.Pages;
using Mesh.Sidecar.Telemetry;
using Mesh.Wire.Transport;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Mesh.Sidecar.Admin;

/// <summary>
/// Serves the admin pages over HTTP/1.1: Kestrel alone, without a host, containers or middleware, since every sidecar has
/// one. Made, started and disposed by the process.
/// </summary>
internal sealed class AdminServer : IHttpApplication<HttpContext>, IAsyncDisposable
{
    /// <summary>A body here is a word.</summary>
    private const int MaxBody = 4096;

    /// <summary>Far more than probes, collectors of metrics and people make at once; fewer where there are few descriptors for all.</summary>
    private const int MostConnections = 64;

    /// <summary>A head is a few lines, from nearby.</summary>
    private static readonly TimeSpan HeadLimit = TimeSpan.FromSeconds(5);

    /// <summary>Who asks more often keeps its connection, others make one.</summary>
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(30);

    /// <summary>Whoever waits for the end of a drain gets the answer; whoever does not read it holds nothing up.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    private readonly AdminPages _pages;
    private readonly PageGuard _guard;
    private readonly Log _log;
    private readonly KestrelServer _kestrel;
    private ListenOptions? _listen;

    public AdminServer(IPEndPoint address, SidecarView view, AdminHooks hooks, Log log)
    {
        _pages = new AdminPages(view, hooks, log);
        _guard = new PageGuard("--admin-hosts", view.Options.AdminHosts);
        _log = log;
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxRequestBodySize = MaxBody;
        options.Limits.RequestHeadersTimeout = HeadLimit;
        options.Limits.KeepAliveTimeout = IdleLimit;
        options.Listen(address, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            _listen = listen;
        });
        // Half of the descriptors that callers' connections leave to others.
        var most = Math.Clamp(DescriptorReserve.Of(DescriptorReserve.OpenFilesLimit) / 2, 1, MostConnections);
        _kestrel = new KestrelServer(Microsoft.Extensions.Options.Options.Create(options), new AdminListener(new AdminConnections(most), view.Time), NullLoggerFactory.Instance);
    }

    /// <summary>With the real port, once started.</summary>
    public IPEndPoint Local => _listen!.IPEndPoint!;

    /// <exception cref="IOException">The address cannot be listened on.</exception>
    public Task StartAsync(CancellationToken cancellation = default) => _kestrel.StartAsync(this, cancellation);

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(StopLimit);
        await _kestrel.StopAsync(limit.Token);
        _kestrel.Dispose();
    }

    HttpContext IHttpApplication<HttpContext>.CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    void IHttpApplication<HttpContext>.DisposeContext(HttpContext context, Exception? exception)
    {
    }

    async Task IHttpApplication<HttpContext>.ProcessRequestAsync(HttpContext context)
    {
        var connection = context.Features.Get<AdminConnection>();
        connection?.IsBusy = true;
        try
        {
            await AnswerAsync(context);
        }
        finally
        {
            connection?.IsBusy = false;
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Answer answer;
        try
        {
            answer = _guard.WhyRefused(context.Request.Host.Host, context.Connection.LocalIpAddress) is { } why
                ? Answer.Text(why + "\n", PageGuard.MisdirectedRequest)
                : await _pages.AnswerAsync(await RequestOf(context));
        }
        catch (Exception e) when (e is not (Microsoft.AspNetCore.Http.BadHttpRequestException or OperationCanceledException))
        {
            _log.Error($"admin: {context.Request.Path}: a defect of ours: {e}");
            answer = Answer.Text("a defect of the sidecar; its log says more\n", 500);
        }

        var response = context.Response;
        response.StatusCode = answer.Status;
        response.ContentType = answer.ContentType;
        response.ContentLength = answer.Body.Length;
        foreach (var (name, value) in PageGuard.Headers)
        {
            response.Headers[name] = value;
        }

        if (answer.Allow is { } allow)
        {
            response.Headers.Allow = allow;
        }

        await response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }

    private static async Task<AdminRequest> RequestOf(HttpContext context)
    {
        var request = context.Request;
        var level = request.Query["level"].ToString();
        if (level.Length == 0 && request.Method == "POST")
        {
            using var body = new StreamReader(request.Body);
            level = await body.ReadToEndAsync(context.RequestAborted);
        }

        return new AdminRequest
        {
            Method = request.Method,
            Path = request.Path.Value ?? "/",
            Format = request.Query["format"].ToString(),
            Level = level.Trim(),
            Wait = request.Query.ContainsKey("wait"),
            Accept = request.Headers.Accept.ToString(),
            IsFromBrowserPage = request.Headers.Origin.Count > 0,
        };
    }
}
