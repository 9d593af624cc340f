namespace Mesh.Cli.Output;

/// <summary>What <c>-o</c> asks for.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>The messages of the API in their JSON form, for programs.</summary>
    Json,

    /// <summary>The same as YAML; of configuration, what <c>apply</c> takes.</summary>
    Yaml,
}
