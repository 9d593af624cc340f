using Mesh.Cli.Processes;

namespace Mesh.Cli.Demo;

/// <summary>A service and the sidecar beside it: two processes that live and die together.</summary>
internal sealed class MeshInstance : IAsyncDisposable
{
    private MeshInstance(InstancePlan plan, ChildProcess service, ChildProcess sidecar)
    {
        Plan = plan;
        Service = service;
        Sidecar = sidecar;
    }

    public InstancePlan Plan { get; }

    public ChildProcess Service { get; }

    public ChildProcess Sidecar { get; }

    /// <summary>
    /// Starts both. The sidecar comes first where the service has to know its ports, and is told the port that is held for
    /// the service; the service's health decides when the instance is registered.
    /// </summary>
    public static async Task<MeshInstance> StartAsync(InstancePlan plan, DemoPrograms programs, CancellationToken cancellation)
    {
        using var app = new HeldPort();
        var sidecar = programs.StartSidecar(plan, app.Address);
        ChildProcess? service = null;
        try
        {
            if (plan.Calls.Count == 0 && !plan.HasMessages)
            {
                service = programs.StartService(plan, app.Address, new Dictionary<string, string>());
            }

            await programs.ReadyAsync(sidecar, cancellation);
            var upstreams = plan.Calls.ToDictionary(called => called, called => sidecar.Listener($"upstream/{called}"));
            if (plan.HasMessages && programs.HasMessages)
            {
                upstreams["messages"] = sidecar.Listener("outbound");
            }

            service ??= programs.StartService(plan, app.Address, upstreams);
            await programs.ReadyAsync(service, cancellation);
            return new MeshInstance(plan, service, sidecar);
        }
        catch
        {
            await sidecar.DisposeAsync();
            if (service is not null)
            {
                await service.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>What <c>kill -9</c> of both does. The sidecar goes first: it could still answer for the service.</summary>
    public async Task KillAsync()
    {
        await Sidecar.KillAsync();
        await Service.KillAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Sidecar.DisposeAsync();
        await Service.DisposeAsync();
    }
}
