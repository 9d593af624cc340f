using System.Diagnostics.CodeAnalysis;
using Mesh.Hosting;

namespace Mesh.DemoServices.Server;

/// <summary>The options of <c>mesh-demo</c>, from the command line and the environment.</summary>
internal sealed class DemoOptionSet
{
    private readonly OptionSet _options = new("mesh-demo", "One service of a small shop, which knows nothing of the mesh.");
    private readonly Setting<DemoService> _service;
    private readonly Setting<HostPort> _listen;
    private readonly Setting<string> _instance;
    private readonly Setting<Uri> _users;
    private readonly Setting<Uri> _payments;
    private readonly Setting<Uri> _notifications;
    private readonly Setting<Uri> _messages;

    public DemoOptionSet()
    {
        _service = _options.AddArgument(
            "SERVICE",
            ValueKinds.OneOf(
                ("users", DemoService.Users),
                ("orders", DemoService.Orders),
                ("payments", DemoService.Payments),
                ("notifications", DemoService.Notifications),
                ("catalog", DemoService.Catalog)),
            "Which service to be.");
        _listen = _options.Add("listen", ValueKinds.ListenAddress, "127.0.0.1:50051", "Where to serve: gRPC, cleartext HTTP/2; catalog: pages, HTTP/1.1.");
        _instance = _options.Add("instance", ValueKinds.Text("NAME", "a name of at least one character (for example users-1)"), null, "The instance's name, shown in served_by; by default the service's.");
        _users = Address("users", "orders and payments");
        _payments = Address("payments", "orders");
        _notifications = Address("notifications", "orders");
        _messages = _options.Add("messages-address", UrlKind, null,
            "Where users, orders and notifications find events and queues, by the name mesh: the sidecar's outbound port; MESSAGES_ADDRESS does as well. Without it there are none.");
    }

    /// <summary>The options, or null if the process is to end with the exit code.</summary>
    public DemoOptions? Read(string[] args, out int exitCode)
    {
        if (!_options.TryRead(args, PlainOrOwn, Console.Out, Console.Error, out var values, out exitCode))
        {
            return null;
        }

        var service = values.Get(_service);
        foreach (var needed in CalledBy(service))
        {
            if (!values.TryGet(needed, out _))
            {
                exitCode = _options.Refuse(needed, $"is required for {service.ToString().ToLowerInvariant()}: {UrlKind.Expectation}");
                return null;
            }
        }

        // A listen address always has an end point: its kind has seen to that.
        _ = values.Get(_listen).TryGetEndPoint(out var listen);
        return new DemoOptions
        {
            Service = service,
            Listen = listen!,
            Instance = values.TryGet(_instance, out var instance) ? instance : service.ToString().ToLowerInvariant(),
            Users = values.TryGet(_users, out var users) ? users : null,
            Payments = values.TryGet(_payments, out var payments) ? payments : null,
            Notifications = values.TryGet(_notifications, out var notifications) ? notifications : null,
            Messages = values.TryGet(_messages, out var messages) ? messages : null,
        };
    }

    private static ValueKind<Uri> UrlKind { get; } = new(
        "URL",
        "a URL like http://HOST:PORT (for example http://127.0.0.1:15101)",
        (string text, [MaybeNullWhen(false)] out Uri value) =>
        {
            var single = ValueKinds.Urls.TryParse(text, out var urls) && urls.Count == 1;
            value = single ? urls![0] : null;
            return single;
        });

    private Setting<Uri>[] CalledBy(DemoService service) => service switch
    {
        DemoService.Orders => [_users, _payments, _notifications],
        DemoService.Payments => [_users],
        _ => [],
    };

    private Setting<Uri> Address(string called, string callers) => _options.Add(
        $"{called}-address", UrlKind, null, $"Where {callers} find {called}; {called.ToUpperInvariant()}_ADDRESS does as well.");

    // A service that knows of no mesh is told its addresses in variables without the mesh's prefix.
    private static string? PlainOrOwn(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } own
            ? own
            : variable.EndsWith("_ADDRESS", StringComparison.Ordinal)
            ? Environment.GetEnvironmentVariable(variable["MESH_".Length..])
            : null;
}
