using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using Grpc.Core;
using Grpc.Health.V1;
using Mesh.Hosting;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl probe URL</c>: whether something is well, for scripts and for containers without curl.</summary>
internal static class ProbeVerb
{
    private static readonly ValueKind<Uri> Target = new(
        "URL",
        "a URL like http://HOST:PORT/readyz or grpc://HOST:PORT",
        (string text, [MaybeNullWhen(false)] out Uri value) =>
            Uri.TryCreate(text, UriKind.Absolute, out value) && value.Scheme is "http" or "https" or "grpc" && value.Port > 0);

    public static Command Build()
    {
        var url = new ValueArgument("URL", Target.Expectation, ArgumentArity.ExactlyOne)
        {
            Description = "http://HOST:PORT/PATH expects a status of 200 to 299; grpc://HOST:PORT[/SERVICE] asks grpc.health.v1.Health.",
        };
        url.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !Target.TryParse(token.Value, out _))
            {
                result.AddError($"URL: '{token.Value}' is not {Target.Expectation}");
            }
        });
        var timeout = CliOptions.Timeout("2s", "How long the answer may take.");
        var verb = new Command("probe", "Asks a program whether it is well: exit code 0 if it is, 1 if not.") { url, timeout.Symbol };
        verb.SetAction((parsed, cancellation) =>
            ProbeAsync(new Uri(url.Get(parsed)[0]), timeout.Get(parsed), cancellation));
        return verb;
    }

    private static async Task<int> ProbeAsync(Uri url, TimeSpan limit, CancellationToken cancellation)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timer.CancelAfter(limit);
        try
        {
            var fault = url.Scheme == "grpc" ? await GrpcFaultAsync(url, timer.Token) : await HttpFaultAsync(url, timer.Token);
            return fault is null ? 0 : throw new CliException($"{url}: {fault}");
        }
        catch (Exception error) when (error is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled } && !cancellation.IsCancellationRequested)
        {
            throw new CliException($"{url}: no answer within {limit.TotalSeconds:0.##} s");
        }
        catch (RpcException error)
        {
            throw new CliException($"{url}: {error.StatusCode}: {error.Status.DebugException?.Message ?? error.Status.Detail}");
        }
        catch (HttpRequestException error)
        {
            throw new CliException($"{url}: {error.Message}");
        }
    }

    private static async Task<string?> HttpFaultAsync(Uri url, CancellationToken cancellation)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
        using var response = await http.GetAsync(url, cancellation);
        return response.IsSuccessStatusCode ? null : $"status {(int)response.StatusCode}";
    }

    private static async Task<string?> GrpcFaultAsync(Uri url, CancellationToken cancellation)
    {
        using var channel = DirectChannel.To(new Uri($"http://{url.Authority}"));
        var request = new HealthCheckRequest { Service = url.AbsolutePath.TrimStart('/') };
        var response = await new Health.HealthClient(channel).CheckAsync(request, cancellationToken: cancellation);
        return response.Status == HealthCheckResponse.Types.ServingStatus.Serving ? null : response.Status.ToString();
    }
}
