using Mesh.Policy.Balancing;

namespace Mesh.Policy.Tests.Balancing;

/// <summary>One fact of an endpoint's model changes, as discovery would tell.</summary>
internal static class ModelChanges
{
    extension(EndpointState endpoint)
    {
        public bool Healthy
        {
            get => endpoint.Model.IsHealthy;
            set => endpoint.Model = endpoint.Model with { IsHealthy = value };
        }

        public int Weight
        {
            get => endpoint.Model.Weight;
            set => endpoint.Model = endpoint.Model with { Weight = value };
        }
    }
}
