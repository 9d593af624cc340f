using System.CommandLine;
using System.CommandLine.Invocation;
using Mesh.Hosting;

namespace Mesh.Cli;

/// <summary><c>--version</c>, as of every other program of the mesh.</summary>
internal sealed class PrintVersion : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine(ProgramVersion.Line("meshctl"));
        return 0;
    }
}
