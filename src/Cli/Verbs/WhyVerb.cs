using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Mesh.Cli.Output;
using Mesh.Cli.Why;
using Mesh.Diagnosis;
using Mesh.Diagnosis.Records;
using Mesh.Hosting;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl why</c>: why a call failed or was slow, from what the sidecars on its way remember.</summary>
internal static class WhyVerb
{
    /// <summary>Of a service: one finding for each first cause.</summary>
    private const int MostFindings = 5;

    /// <summary>What is looked at for the causes behind a single call.</summary>
    private static readonly TimeSpan Around = TimeSpan.FromMinutes(15);

    public static Command Build()
    {
        var id = new ValueArgument("ID", "a trace id or a request id", ArgumentArity.ZeroOrOne) { Description = "The call: its trace id (32 hexadecimal digits), its traceparent, or its x-request-id." };
        var service = new CliOption<string>("--service", ValueKinds.ServiceName, null, "Instead of one call, those of this service, and to it: one of each cause.");
        var last = new CliOption<TimeSpan>("--last", ValueKinds.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)), "5m", "With --service: how far back.");
        var verb = new Command(
            "why",
            "Says why a call failed or was slow, afterwards: what happened, where it began, what else failed for the same reason, what to do. "
            + "Examples: meshctl why 4bf92f3577b34da6a3ce929d0e0e4736; meshctl why --service orders --last 10m; meshctl why --service orders -o json")
        {
            id, service.Symbol, last.Symbol,
        };
        verb.Validators.Add(result =>
        {
            var given = result.GetResult(service.Symbol) is { Implicit: false };
            if ((result.GetResult(id)?.Tokens.Count ?? 0) == 1 == given)
            {
                result.AddError(given ? "--service: is not for one call; leave out the id or --service" : "ID or --service is required: which calls are meant");
            }
        });
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var telemetry = new Telemetry.TelemetryClient(talk.Channel);
            var (output, format) = (parsed.InvocationConfiguration.Output, options.Format(parsed));
            var findings = id.Get(parsed) is [var wanted]
                ? await OfCallAsync(new CallGathering(telemetry, Around), wanted, talk.Cancellation)
                : await OfServiceAsync(new CallGathering(telemetry, last.Get(parsed)), service.Get(parsed)!, last.Get(parsed), talk.Cancellation);
            Write(output, format, findings);
        }, cancellation));
        return verb;
    }

    private static async Task<IReadOnlyList<CallFinding>> OfCallAsync(CallGathering gathering, string wanted, CancellationToken cancellation)
    {
        var trace = TraceOf(wanted);
        if (!(trace is not null && await gathering.AskAsync(new CallQuery { TraceId = trace }, cancellation))
            && !await gathering.AskAsync(new CallQuery { RequestId = wanted }, cancellation))
        {
            throw new CliException(
                $"no sidecar remembers a call '{PrintableText.Of(wanted, 80)}' ({Heard(gathering)}): it went well, is longer ago than their memory (--recorder), or has another id");
        }

        if (trace is null && gathering.Told.SelectMany(sidecar => sidecar.Calls).Select(call => call.TraceId).FirstOrDefault(id => id.Length > 0) is { } its)
        {
            trace = its;
            await gathering.AskAsync(new CallQuery { TraceId = its }, cancellation);
        }

        await gathering.AskAroundAsync(cancellation);
        var investigation = new Investigation(new Evidence(gathering.Told));
        var outermost = investigation.Outermost(call => trace is not null ? call.Call.TraceId == trace : call.Call.RequestId == wanted);
        // What callers were told first; that the same trace had slow calls that went well is second to that.
        var call = outermost.OrderBy(one => one.IsSlowOnly).ThenBy(one => one.Call.Hop).ThenBy(one => one.Call.Started?.ToDateTime()).First();
        return [Found(investigation, gathering, call)];
    }

    private static async Task<IReadOnlyList<CallFinding>> OfServiceAsync(CallGathering gathering, string service, TimeSpan last, CancellationToken cancellation)
    {
        if (!await gathering.AskAsync(new CallQuery { Service = service, Last = last.ToDuration() }, cancellation))
        {
            throw new CliException($"no sidecar remembers a call of '{service}', or to it, that failed or was slow in the last {DurationText.Format(last)} ({Heard(gathering)})");
        }

        await gathering.AskAroundAsync(cancellation);
        var investigation = new Investigation(new Evidence(gathering.Told));
        return [.. investigation.Outermost(call => call.Sidecar.Service == service || call.Call.Service == service || call.Upstream == service)
            .Select(investigation.Explain)
            .DistinctBy(finding => (finding.First.Cause, finding.First.Where))
            .Take(MostFindings)
            .Select(finding => Found(investigation, gathering, finding.Call))];
    }

    private static CallFinding Found(Investigation investigation, CallGathering gathering, Witness call)
    {
        var finding = investigation.Explain(call);
        return FindingMessage.Of(finding, investigation.SameCause(finding), gathering.Silent);
    }

    private static void Write(TextWriter output, OutputFormat format, IReadOnlyList<CallFinding> findings)
    {
        for (var i = 0; i < findings.Count; i++)
        {
            if (!Messages.TryWrite(output, format, findings[i]))
            {
                if (i > 0)
                {
                    output.WriteLine();
                }

                FindingText.Write(output, findings[i]);
            }
        }
    }

    private static string Heard(CallGathering gathering) =>
        gathering.Asked == 0 ? "none has its stream at this control plane" : $"{gathering.Asked - gathering.Silent.Count} of {gathering.Asked} answered";

    /// <summary>A trace's id, alone or in a traceparent; null if it is neither.</summary>
    private static string? TraceOf(string text)
    {
        const int length = 32;
        var id = text.Split('-') is [_, { Length: length } inner, _, _] ? inner : text;
        return id.Length == length && id.All(char.IsAsciiHexDigit) ? id.ToLowerInvariant() : null;
    }
}
