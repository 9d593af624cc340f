using System.Text.RegularExpressions;

namespace Mesh.Integration.Deploy;

/// <summary>
/// Finds what a compose file asks for and the programs do not have: executables, verbs, options, variables, and ports
/// that nobody listens on in the network they are looked for in.
/// </summary>
internal sealed partial class ComposeCheck
{
    /// <summary>In seconds. A dozen containers that are asked more often are a load of their own.</summary>
    private const int LeastProbeInterval = 10;

    private readonly ComposeFile _file;
    private readonly List<string> _faults = [];

    private ComposeCheck(ComposeFile file) => _file = file;

    public static IReadOnlyList<string> Faults(string text)
    {
        var check = new ComposeCheck(ComposeFile.Parse(text));
        check.Run();
        return check._faults;
    }

    private void Run()
    {
        if (_file.TopLevel.Contains("name"))
        {
            _faults.Add("name: older versions of compose reject it");
        }

        foreach (var service in _file.Services.Values)
        {
            if (!service.IsOurs)
            {
                CheckServices(service);
                continue;
            }

            if (!service.IsIdle)
            {
                CheckProgram(service, "command", service.Command);
            }

            CheckHealth(service);
            CheckVariables(service);
            CheckServices(service);
            CheckPorts(service);
            if (service.Dockerfile is not { } dockerfile || !File.Exists(Path.Combine(ProgramHelp.Root, dockerfile)))
            {
                _faults.Add($"{service.Name}: build: no such file '{service.Dockerfile}'");
            }
        }
    }

    private void CheckProgram(ComposeService service, string place, IReadOnlyList<string> command)
    {
        var line = CommandLine.Parse(command);
        if (ProgramHelp.Of(line.Program) is not { } program)
        {
            _faults.Add($"{service.Name}: {place}: no such executable '{line.Program}'");
            return;
        }

        if (line.Verb is { } verb && !program.Verbs.Contains(verb))
        {
            _faults.Add($"{service.Name}: {place}: {line.Program} has no verb '{verb}'");
            return;
        }

        var help = ProgramHelp.Of(line.Program, line.Verb)!;
        _faults.AddRange(line.Options.Where(option => !help.Options.Contains(option.Option))
            .Select(option => $"{service.Name}: {place}: {line.Program} has no option '{option.Option}'"));
        _faults.AddRange(line.Words.Where(word => line.Verb is null && !help.Values.Contains(word))
            .Select(word => $"{service.Name}: {place}: {line.Program} has no argument '{word}'"));
    }

    private void CheckHealth(ComposeService service)
    {
        if (service.Restart is not "always")
        {
            _faults.Add($"{service.Name}: restart: nobody starts it again when it has died");
        }

        if (service.Probe.Count == 0)
        {
            if (!service.IsIdle && service.Command[0] == "mesh-sidecar")
            {
                _faults.Add($"{service.Name}: healthcheck: nobody asks whether it is ready");
            }

            return;
        }

        CheckProgram(service, "healthcheck", service.Probe);
        if (service.Probe[0] != "mesh-sidecar")
        {
            _faults.Add($"{service.Name}: healthcheck: {service.Probe[0]} takes a third of a second of CPU; mesh-sidecar probe is native");
        }

        if (service.ProbeInterval is not { } interval || !interval.EndsWith('s') || !int.TryParse(interval[..^1], out var seconds) || seconds < LeastProbeInterval)
        {
            _faults.Add($"{service.Name}: healthcheck: interval: '{service.ProbeInterval}' is not {LeastProbeInterval}s or more");
        }
    }

    private void CheckVariables(ComposeService service)
    {
        if (service.IsIdle)
        {
            return;
        }

        var line = CommandLine.Parse(service.Command);
        var help = ProgramHelp.Of(line.Program, line.Verb);

        // The standard says which of these there are, not our programs.
        _faults.AddRange(service.Environment.Keys
            .Where(name => !name.StartsWith("OTEL_", StringComparison.Ordinal) && help?.Variables.Contains(name) != true)
            .Select(name => $"{service.Name}: environment: {line.Program} reads no variable '{name}'"));
    }

    private void CheckServices(ComposeService service)
    {
        _faults.AddRange(service.DependsOn.Append(service.Network)
            .Where(name => !_file.Services.ContainsKey(name))
            .Distinct()
            .Select(name => $"{service.Name}: no such service '{name}'"));
        _faults.AddRange(service.WaitsForHealth
            .Where(name => _file.Services.TryGetValue(name, out var other) && other.Probe.Count == 0)
            .Select(name => $"{service.Name}: depends_on: '{name}' has no health check"));
        _faults.AddRange(service.Volumes.Select(volume => volume.Split(':')[0])
            .Where(name => !_file.Volumes.Contains(name))
            .Select(name => $"{service.Name}: volumes: no such volume '{name}'"));

        // Whoever lives in another's network is cut off for good when that one is started again.
        if (service.NetworkMode is not null && _file.Services.TryGetValue(service.Network, out var owner) && !owner.IsIdle)
        {
            _faults.Add($"{service.Name}: network_mode: '{owner.Name}' does something, and takes the network along when it ends");
        }
    }

    private void CheckPorts(ComposeService service)
    {
        foreach (var published in service.Ports)
        {
            var port = published[(published.LastIndexOf(':') + 1)..];
            if (!Listens(service.Name, port, fromOutside: true))
            {
                _faults.Add($"{service.Name}: ports: nobody listens on {port} there for others");
            }
        }

        foreach (var (host, port) in Dialled(service))
        {
            var local = host is "127.0.0.1" or "localhost";
            if (!Listens(local ? service.Network : NetworkOf(host), port, fromOutside: !local))
            {
                _faults.Add($"{service.Name}: {host}:{port}: nobody listens there");
            }
        }
    }

    // What has no network of its own has no name in that of others.
    private string? NetworkOf(string host) => _file.Services.Values
        .FirstOrDefault(service => service.NetworkMode is null && (service.Name == host || service.Aliases.Contains(host)))?.Name;

    private bool Listens(string? network, string port, bool fromOutside) => _file.Services.Values
        .Where(service => service.Network == network && !service.IsIdle)
        .SelectMany(service => CommandLine.Parse(service.Command) is var line
            ? line.Options.Where(option => !IsDialled(line.Program, option))
            : [])
        .Select(option => HostPort().Match(option.Value))
        .Any(address => address.Success && address.Groups[2].Value == port && (!fromOutside || address.Groups[1].Value == "0.0.0.0"));

    // Whatever is an address of somebody else: in a URL anywhere, in what meshctl is told, and in two of the sidecar's options.
    private static IEnumerable<(string Host, string Port)> Dialled(ComposeService service) =>
        new[] { service.IsIdle ? [] : service.Command, service.Probe }
            .Where(command => command.Count > 0)
            .Select(CommandLine.Parse)
            .SelectMany(line => line.Options.Where(option => IsDialled(line.Program, option)).Select(option => option.Value).Concat(line.Words))
            .Concat(service.Environment.Values)
            .Select(value => HostPort().Match(value))
            .Where(address => address.Success)
            .Select(address => (address.Groups[1].Value, address.Groups[2].Value));

    private static bool IsDialled(string program, (string Option, string Value) option) =>
        option.Value.Contains("://", StringComparison.Ordinal) || program == "meshctl" || option.Option is "--app" or "--advertise";

    [GeneratedRegex(@"([A-Za-z0-9.-]+):(\d+)")]
    private static partial Regex HostPort();
}
