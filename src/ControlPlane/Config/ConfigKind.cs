using Google.Protobuf;
using Mesh.V1;

namespace Mesh.ControlPlane.Config;

/// <summary>
/// A kind of configuration resource, as data: what is the same for all kinds is written once, what differs stands here.
/// </summary>
/// <param name="Name">As a sidecar's stream calls it.</param>
/// <param name="Parser">Reads its message.</param>
/// <param name="Prefix">Of its keys in the store; the resource's name follows. None is the beginning of another.</param>
/// <param name="HistoryPrefix">Of the keys of its versions; the name, a slash and the version follow.</param>
/// <param name="FilePrefix">Of the keys that tell what a file last said of a resource.</param>
/// <param name="Audience">Who is sent a resource of it.</param>
/// <param name="In">Its message in a resource as the API has it; null if that does not hold one.</param>
/// <param name="Into">Puts it there.</param>
/// <param name="Validate">Every fault of a resource by its name and message, a line each, naming the field by its path.</param>
internal sealed record ConfigKind(
    string Name,
    MessageParser Parser,
    string Prefix,
    string HistoryPrefix,
    string FilePrefix,
    ConfigAudience Audience,
    Func<ConfigResource, IMessage?> In,
    Action<ConfigResource, IMessage?> Into,
    Func<string, IMessage, IEnumerable<string>> Validate)
{
    public string Key(string name) => Prefix + name;

    // The version's digits are as many for all, so that keys are in the order of versions.
    public string HistoryKey(string name, long version) => $"{HistoryPrefix}{name}/{version:D10}";

    public string FileKey(string name) => FilePrefix + name;

    public override string ToString() => Name;
}
